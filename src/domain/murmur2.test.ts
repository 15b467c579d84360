import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { murmur2, toPositive } from './murmur2.ts';

interface Vector {
  readonly hex: string;
  readonly murmur2: number;
  readonly positive: number;
}

/** Made by Kafka's own classes: test/fixtures/murmur2/Generate.java. */
const VECTORS = JSON.parse(
  readFileSync(new URL('../../test/fixtures/murmur2/vectors.json', import.meta.url), 'utf8'),
) as readonly Vector[];

describe('murmur2', () => {
  it('hashes as the Java client does', () => {
    expect(VECTORS.length).toBeGreaterThan(300);
    for (const vector of VECTORS) {
      const bytes = Buffer.from(vector.hex, 'hex');
      expect(murmur2(bytes, 0, bytes.length), vector.hex).toBe(vector.murmur2);
      expect(toPositive(vector.murmur2)).toBe(vector.positive);
    }
  });

  it('reads only its range, wherever that begins', () => {
    for (const [index, vector] of VECTORS.entries()) {
      const before = index % 5;
      const bytes = Buffer.concat([Buffer.alloc(before, 1), Buffer.from(vector.hex, 'hex'), Buffer.alloc(3, 1)]);
      expect(murmur2(bytes, before, bytes.length - 3)).toBe(vector.murmur2);
    }
  });
});
