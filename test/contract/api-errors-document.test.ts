import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorsDocument } from '../../scripts/generate-docs.ts';

describe('docs/errors.md', () => {
  it('is what `npm run docs` makes of the error table', () => {
    const path = new URL('../../docs/errors.md', import.meta.url);
    expect(readFileSync(path, 'utf8')).toBe(errorsDocument());
  });
});
