import { ByteWriter } from '../../domain/byte-writer.ts';
import { type ArrayCells, ArrayReader } from '../convert/array.ts';
import { appendBase64 } from '../convert/base64.ts';
import { appendJavaDouble } from '../convert/float.ts';
import { type HstoreEntry, hstoreJson, inHashMapOrder, readHstore } from '../convert/hstore.ts';
import { appendWkb, readPoint } from '../convert/point.ts';
import { always, type CompiledForm } from './compiled-form.ts';
import { type JsonDialect, jsonText } from './json-dialect.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const NULL = Buffer.from('null', 'latin1');

const scratch = new ByteWriter(32);

export const EMPTY_LIST: CompiledForm = {
  isQuoted: false,
  write: always((_bytes, _start, _end, out) => out.appendText('[]')),
};

/** The JSON text of an object, inside a JSON string. */
export function hstoreJsonForm(dialect: JsonDialect): CompiledForm {
  const write = always((bytes, start, end, out) => {
    const text = hstoreJson(inHashMapOrder(readHstore(bytes, start, end)));
    out.appendText(jsonText(text, dialect).slice(1, -1));
  });
  return { isQuoted: true, write };
}

export function hstoreMapForm(dialect: JsonDialect): CompiledForm {
  const member = ([key, value]: HstoreEntry) => `${jsonText(key, dialect)}:${jsonText(value, dialect)}`;
  const write = always((bytes, start, end, out) => {
    out.appendText(
      `{${inHashMapOrder(readHstore(bytes, start, end))
        .map(member)
        .join()}}`,
    );
  });
  return { isQuoted: false, write };
}

/** `{"x":1.5,"y":-2.0,"wkb":"…","srid":null}` */
export const POINT: CompiledForm = {
  isQuoted: false,
  write: always((bytes, start, end, out) => {
    const point = readPoint(bytes, start, end);
    out.appendText('{"x":');
    appendJavaDouble(point.x, out);
    out.appendText(',"y":');
    appendJavaDouble(point.y, out);
    out.appendText(',"wkb":"');
    scratch.position = 0;
    appendWkb(point, scratch);
    appendBase64(scratch.bytes, 0, scratch.position, out);
    out.appendText('","srid":null}');
  }),
};

/**
 * A list of elements. `isStrict`: one that is null makes the whole list one without a way to say it. Arrays of arrays become
 * lists of nulls, as Debezium publishes those of numbers.
 */
export function arrayForm(isStrict: boolean, element: CompiledForm): CompiledForm {
  const reader = new ArrayReader();
  return {
    isQuoted: false,
    write(bytes, start, end, out) {
      const array = reader.read(bytes, start, end);
      appendByte(OPENING_BRACKET, out);
      for (let i = 0; i < array.count; i++) {
        if (i > 0) appendByte(COMMA, out);
        if (appendElement(array, i, element, out)) continue;
        if (isStrict) return false;
        out.append(NULL);
      }
      appendByte(CLOSING_BRACKET, out);
      return true;
    },
  };
}

/** False: NULL or without a way to say it; nothing was appended. */
function appendElement({ isNested, cells }: ArrayCells, i: number, element: CompiledForm, out: ByteWriter): boolean {
  if (isNested || cells.length[i]! < 0) return false;
  const begin = out.position;
  const offset = cells.offset[i]!;
  if (element.isQuoted) appendByte(QUOTE, out);
  if (!element.write(cells.bytes, offset, offset + cells.length[i]!, out)) {
    out.position = begin;
    return false;
  }
  if (element.isQuoted) appendByte(QUOTE, out);
  return true;
}

function appendByte(byte: number, out: ByteWriter): void {
  out.reserve(1)[out.position++] = byte;
}
