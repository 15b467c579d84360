import { describe, expect, it } from 'vitest';
import { backendMessage } from '../../../test/support/wal-builder.ts';
import { withoutInternalFields } from './error-fields.ts';

const fields = (text: string) => backendMessage('E', Buffer.from(text));

describe('withoutInternalFields', () => {
  it.each([
    [
      'an error as recorded',
      'SFATAL\0c18645\0Mno slot\0C42704\0dBACKEND\0Wcontext\0\0',
      'SFATAL\0Mno slot\0C42704\0Wcontext\0\0',
    ],
    ['texts that hold the letters', 'Mcd c\0Dd c\0\0', 'Mcd c\0Dd c\0\0'],
    ['nothing else', 'c0\0dSEC\0\0', '\0'],
    ['no field', '\0', '\0'],
  ])('leaves %s without code and module', (_what, text, expected) => {
    expect(withoutInternalFields(fields(text))).toEqual(fields(expected));
  });

  it.each([
    ['', 'no bytes'],
    ['SFATAL\0', 'no end of the fields'],
    ['SFATAL\0Mtext', 'no end of a text'],
  ])('fails at %j: %s', (text) => {
    expect(() => withoutInternalFields(fields(text))).toThrow(expect.objectContaining({ code: 'DECODE_FAILED' }));
  });

  it('does not change the bytes it was given', () => {
    const message = fields('c0\0Mtext\0\0');
    const before = Buffer.from(message);
    withoutInternalFields(message);
    expect(message).toEqual(before);
  });
});
