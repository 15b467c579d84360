import { conversionError } from './conversion-error.ts';
import { narrowed } from './integer.ts';

/** Digits behind the point of a published amount. */
export const MONEY_SCALE = 2;

const EXPECTED = 'an amount of money';

/**
 * The amount in hundredths, rounded half up, from `$1,234.50`, `-$1.00`, `($1.00)`, `€1.234,50`, `1'234.50 CHF`: the text
 * depends on lc_monetary. What comes last among the digits decides: a separator with other than three digits behind it
 * is the decimal point, and so is one that differs from those before it. Throws CONVERSION_FAILED.
 */
export function readMoney(bytes: Buffer, start: number, end: number): number | bigint {
  const text = bytes.toString('utf8', start, end);
  const amount = /\d(?:[\d.,'’\s]*\d)?/.exec(text)?.[0];
  if (amount === undefined || /\d/.test(text.replace(amount, ''))) throw conversionError(EXPECTED);
  const point = decimalPoint(amount);
  const whole = digitsOf(amount.slice(0, point));
  const fraction = digitsOf(amount.slice(point));
  const hundredths = BigInt(whole + fraction.slice(0, MONEY_SCALE).padEnd(MONEY_SCALE, '0'));
  const rounded = fraction.charAt(MONEY_SCALE) >= '5' ? hundredths + 1n : hundredths;
  return narrowed(isNegative(text) ? -rounded : rounded);
}

/** Where the fraction begins; the end if there is none. */
function decimalPoint(amount: string): number {
  const separators = [...amount.matchAll(/[^\d]/g)];
  const last = separators.at(-1);
  if (last === undefined) return amount.length;
  const others = separators.slice(0, -1);
  const isPoint =
    /[.,]/.test(last[0]) &&
    (amount.length - last.index !== 4 || others.length > 0) &&
    others.every((other) => other[0] !== last[0]);
  return isPoint ? last.index : amount.length;
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '');
}

/** A minus sign (ASCII or U+2212) on either side, or brackets. */
function isNegative(text: string): boolean {
  return /[-\u2212(]/.test(text);
}
