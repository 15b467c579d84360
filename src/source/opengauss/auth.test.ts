import { describe, expect, it } from 'vitest';
import { ByteSink } from '../../../test/support/byte-sink.ts';
import { answerRequest, MAX_ITERATIONS } from './auth.ts';

const CREDENTIALS = { username: 'cdc', password: 'Gauss@123' };
const SALT = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('hex');

interface Fields {
  readonly code?: number;
  readonly method?: number;
  readonly salt?: string;
  readonly iterations?: number;
}

function request({ code = 10, method = code === 13 ? 3 : 2, salt = SALT, iterations = 10_000 }: Fields = {}): Buffer {
  const digits = Buffer.from(`${salt}deadbeef`);
  return new ByteSink().uint32(code).uint32(method).bytes(digits).uint32(iterations).toBuffer();
}

describe('answerRequest', () => {
  // Salt 00…1f, token deadbeef, computed from the published algorithm by another program.
  it.each([
    [{ code: 10 }, 'd2ea98133f147a360c9d5d0c5fc6b0af2d49e0f7cf8a09977d4e743140a44e9b'],
    [{ code: 10, iterations: 2_048 }, 'd24d0a630fb556e757d44b04474884886853ef62cc9ca596d4c751c96dc74f4b'],
    [{ code: 10, method: 0 }, 'd2ea98133f147a360c9d5d0c5fc6b0af2d49e0f7cf8a09977d4e743140a44e9b'],
    [{ code: 13 }, '073752958ca3924d7762e33bedb1afc341a545fb54c6a78a838f7e9d36f19112'],
    [{ code: 13, iterations: 2_048 }, '220c9d553e37e0c67ac04772702d3f9c30df6571ae31b312c2e95a1762d8f05b'],
  ])('answers %j', async (fields, expected) => {
    expect(await answerRequest(request(fields), CREDENTIALS)).toBe(expected);
  });

  it('answers code 10 for a password stored as MD5', async () => {
    const body = new ByteSink().uint32(10).uint32(1).uint32(0x01020304).toBuffer();
    expect(await answerRequest(body, CREDENTIALS)).toBe(
      'sha256eece9d8816b2b791443160a7c02842b3039ceab920f0dbf4f19b3863421045c7',
    );
  });

  it.each([
    ['no iterations', request({ iterations: 0 })],
    ['too many iterations', request({ iterations: MAX_ITERATIONS + 1 })],
    ['a negative count', request({ iterations: 0xffff_ffff })],
    ['SM3 with the method of SHA256', request({ code: 13, method: 2 })],
    ['an unknown method', request({ method: 4 })],
    ['a salt that is no hex', request({ salt: 'x'.repeat(64) })],
    ['protocol 3.50, without a count', request().subarray(0, 80)],
    ['a longer request', Buffer.concat([request(), Buffer.alloc(1)])],
    ['nothing but a code', request().subarray(0, 4)],
  ])('refuses %s', async (_what, body) => {
    await expect(answerRequest(body, CREDENTIALS)).rejects.toMatchObject({ code: 'SOURCE_AUTH', retry: 'never' });
  });
});
