export * from "@halfband/browser";
