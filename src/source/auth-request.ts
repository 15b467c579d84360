/**
 * AuthenticationRequest: `R`, int32 length, int32 code, what the code needs. Codes 10 to 12 mean one thing to PostgreSQL
 * and another to openGauss. Sources: PostgreSQL docs, "Message Formats"; openGauss src/include/libpq/pqcomm.h.
 *
 * | code | PostgreSQL | openGauss |
 * |---|---|---|
 * | 0, 3, 5, 7, 8, 9 | OK, cleartext, MD5, GSS, GSS continued, SSPI | the same |
 * | 10 | SASL, with the names of mechanisms | SHA256, with int32 method, salt, token, iterations |
 * | 11 | SASL continued | MD5 over SHA256 |
 * | 12 | SASL final | SHA256 as in RFC 5802 |
 * | 13, 14 | – | SM3, IAM token |
 */
export const AUTHENTICATION = 0x52; // R
const CODE_AT = 5;
const CODE_BYTES = 4;

export const AUTH_OK = 0;
export const AUTH_MD5 = 5;
export const AUTH_SHA256 = 10;
export const AUTH_SM3 = 13;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/** Code and body (which begins with the code) of a whole message; code -1 where there is none. */
export function readAuthRequest(message: Buffer): { readonly code: number; readonly body: Buffer } {
  const body = message.subarray(CODE_AT);
  return { code: body.length < CODE_BYTES ? -1 : body.readInt32BE(0), body };
}

/** SASL names a mechanism; the int32 method of openGauss' SHA256 begins with a zero byte. Only for code 10. */
export function namesMechanism(body: Buffer): boolean {
  return (body[CODE_BYTES] ?? 0) !== 0;
}

/** Whether the first request of a session can only be one of openGauss: SASL neither continues nor ends before it began. */
export function isOpenGaussRequest(message: Buffer): boolean {
  const { code, body } = readAuthRequest(message);
  if (code === AUTH_SHA256) return !namesMechanism(body);
  return code === SASL_CONTINUE || code === SASL_FINAL || code >= AUTH_SM3;
}
