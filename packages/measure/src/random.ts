/**
 * Independent standard normal numbers, the same sequence for the same seed on every machine whose `Math.log`,
 * `Math.sin` and `Math.cos` agree (they differ in the last digit at most). xoshiro128** and Box-Muller.
 *
 * @example seededGaussian(7)() === seededGaussian(7)(); // true
 */
export function seededGaussian(seed: number): () => number {
  const bits = seededBits(seed);
  const unit = (): number => ((bits() >>> 5) * 67108864 + (bits() >>> 6) + 0.5) / 9007199254740992;
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(unit()));
    const angle = 2 * Math.PI * unit();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** 32 random bits per call. */
function seededBits(seed: number): () => number {
  const state = new Uint32Array(4);
  let counter = seed >>> 0;
  for (let i = 0; i < 4; i++) {
    counter = (counter + 0x9e3779b9) >>> 0;
    let word = Math.imul(counter ^ (counter >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    state[i] = word ^ (word >>> 15);
  }
  const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));
  return () => {
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9);
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 11);
    return result >>> 0;
  };
}
