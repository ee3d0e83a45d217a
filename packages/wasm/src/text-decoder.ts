/**
 * What the loader takes for `TextDecoder` where it is bundled (`inject` in package.json). It makes a decoder when it is
 * loaded, which takes a quarter of a millisecond, for strings that no kernel has; this one is made when it is used.
 */
class LateTextDecoder {
  constructor(
    private readonly label: string,
    private readonly options: TextDecoderOptions,
  ) {}

  decode(bytes: ReturnType<typeof Uint16Array.of>): string {
    return new globalThis.TextDecoder(this.label, this.options).decode(bytes);
  }
}

export { LateTextDecoder as TextDecoder };
