import { describe, expect, it } from 'vitest';
import { nearestKey } from './nearest-key.ts';

describe('nearestKey', () => {
  it.each([
    ['hots', 'host'],
    ['HOST', 'host'],
    ['pasword', 'password'],
    ['zzz', null],
  ])('of %s is %s', (word, expected) => {
    expect(nearestKey(word, ['host', 'port', 'password'])).toBe(expected);
  });
});
