export * from "@halfband/node";
