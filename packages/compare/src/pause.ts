// Timers exist in every runtime but not in the language's own types.
declare const setTimeout: (callback: () => void, milliseconds: number) => unknown;

/** Lets everything that waits run: painting, clicks, messages. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
