import type { ByteWriter } from '../../domain/byte-writer.ts';
import { appendConstant, constantText } from '../../domain/json-bytes.ts';
import { readOwnScale, readUnscaled, writeDecimalText } from '../convert/decimal.ts';
import { specialNumber } from '../convert/decimal-text.ts';
import { appendJavaDouble, isFiniteNumber, readFloat, writeJavaFloat } from '../convert/float.ts';
import { appendInteger } from '../convert/integer.ts';
import { MONEY_SCALE, readMoney } from '../convert/money.ts';
import { appendUnscaledBase64, appendUnscaledText } from '../convert/unscaled.ts';
import type { CompiledForm } from './compiled-form.ts';

const QUOTE = 0x22;
const SCALE = constantText('{"scale":');
const VALUE = constantText(',"value":"');
const END = constantText('"}');
const MONEY_DIVISOR = 10 ** MONEY_SCALE;

/** Java text; JSON has no NaN and infinities, so they are texts, but for bare ones. */
export function floatForm(bits: 32 | 64, isBare: boolean): CompiledForm {
  return {
    isQuoted: false,
    write(bytes, start, end, out) {
      const isText = !isBare && !isFiniteNumber(bytes, start, end);
      if (isText) appendQuote(out);
      writeJavaFloat(bytes, start, end, bits, out);
      if (isText) appendQuote(out);
      return true;
    },
  };
}

/** The nearest double of a number with any digits, as `floatForm`. */
export function decimalDoubleForm(isBare: boolean): CompiledForm {
  return {
    isQuoted: false,
    write(bytes, start, end, out) {
      const value = readFloat(bytes, start, end);
      const isText = !isBare && !Number.isFinite(value);
      if (isText) appendQuote(out);
      appendJavaDouble(value, out);
      if (isText) appendQuote(out);
      return true;
    },
  };
}

/** Base64 of the unscaled value; there is none for NaN and infinities. */
export function decimalForm(scale: number): CompiledForm {
  return {
    isQuoted: true,
    write(bytes, start, end, out) {
      const unscaled = readUnscaled(bytes, start, end, scale);
      if (unscaled === null) return false;
      appendUnscaledBase64(unscaled, out);
      return true;
    },
  };
}

/** `{"scale":n,"value":"…"}` */
export const VARIABLE_DECIMAL: CompiledForm = {
  isQuoted: false,
  write(bytes, start, end, out) {
    const scale = readOwnScale(bytes, start, end);
    if (scale === null) return false;
    appendConstant(SCALE, out);
    appendInteger(scale, out);
    appendConstant(VALUE, out);
    appendUnscaledBase64(readUnscaled(bytes, start, end, scale)!, out);
    appendConstant(END, out);
    return true;
  },
};

/** Digits; what is no number has a name, which only fits a text. */
export function decimalTextForm(scale: number | null, isBare: boolean): CompiledForm {
  return {
    isQuoted: !isBare,
    write(bytes, start, end, out) {
      if (writeDecimalText(bytes, start, end, scale, out)) return true;
      if (!isBare) out.appendText(specialNumber(bytes, start, end)!);
      return !isBare;
    },
  };
}

export function moneyForm(as: 'decimal' | 'decimal-text' | 'decimal-double', isBare: boolean): CompiledForm {
  const append = {
    decimal: appendUnscaledBase64,
    'decimal-text': appendMoneyText,
    'decimal-double': appendMoneyDouble,
  };
  const appendAmount = append[as];
  return {
    isQuoted: !isBare && as !== 'decimal-double',
    write(bytes, start, end, out) {
      appendAmount(readMoney(bytes, start, end), out);
      return true;
    },
  };
}

function appendMoneyText(amount: number | bigint, out: ByteWriter): void {
  appendUnscaledText(amount, MONEY_SCALE, out);
}

/** Amounts beyond the safe integers are rounded once, by reading their exact digits. */
function appendMoneyDouble(amount: number | bigint, out: ByteWriter): void {
  const value = typeof amount === 'number' ? amount / MONEY_DIVISOR : Number(`${amount}e-${MONEY_SCALE}`);
  appendJavaDouble(value, out);
}

function appendQuote(out: ByteWriter): void {
  out.reserve(1)[out.position++] = QUOTE;
}
