/**
 * Text of others on our terminal. Names and tags are whatever a peer sent; a terminal obeys control characters.
 * @module
 */

/** The text with what a terminal would obey shown instead, `\u{1b}` for escape. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}
