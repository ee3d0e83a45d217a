// The same chain of matrices as flcPool; only the bins and gains differ, and those the axes hold.
export { reference } from "../flcPool/reference.ts";
