/** Stores the first `count` (0 to 4) lanes; an output must not be written past its end. */
export function storeLanes(to: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, v);
    return;
  }
  if (count & 2) {
    v128.store64_lane(to, v, 0);
    if (count & 1) v128.store32_lane(to, v, 2, 8);
  } else if (count & 1) {
    v128.store32_lane(to, v, 0);
  }
}
