// The empty module of `limit.ts`.
export {};
