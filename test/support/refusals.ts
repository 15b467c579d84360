import { expect } from 'vitest';

/** Matches the error a command is refused with. */
export const refusal = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
export const illegal = (...allowedCommands: string[]) =>
  refusal('ILLEGAL_STATE', { http: 409, data: expect.objectContaining({ allowedCommands }) });
