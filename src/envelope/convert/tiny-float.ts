/**
 * The few numbers whose shortest text has one digit while Java, which prints at least two, picks two digits that are
 * nearer: only next to zero are numbers so far apart.
 */
const TINY: Readonly<Record<32 | 64, Readonly<Record<string, string>>>> = {
  32: {
    '1e-45': '1.4E-45',
    '3e-45': '2.8E-45',
    '4e-45': '4.2E-45',
    '6e-45': '5.6E-45',
    '8e-45': '8.4E-45',
    '1e-44': '9.8E-45',
    '3e-44': '2.9E-44',
    '4e-44': '4.1E-44',
    '1e-43': '9.9E-44',
  },
  64: {
    '5e-324': '4.9E-324',
    '1e-323': '9.9E-324',
    '5e-323': '4.9E-323',
    '6e-323': '5.9E-323',
    '7e-323': '6.9E-323',
    '8e-323': '7.9E-323',
    '9e-323': '8.9E-323',
    '1e-322': '9.9E-323',
  },
};
const LARGEST_EXPONENT = -43;

/** Java's text of `digit × 10^exponent`, where it is not the digit with a zero behind the point. */
export function tinyJavaText(digit: number, exponent: number, bits: 32 | 64): string | undefined {
  return exponent > LARGEST_EXPONENT ? undefined : TINY[bits][`${digit}e${exponent}`];
}
