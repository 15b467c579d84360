/**
 * 3.51: with any other version openGauss does not tell how often a password is hashed (openGauss auth.cpp). PostgreSQL
 * answers it with NegotiateProtocolVersion.
 */
const MAJOR = 3;
const MINOR = 51;
const HEADER_BYTES = 8;

/**
 * StartupMessage: int32 length (counts itself), int16 3, int16 51, then name NUL value NUL for each parameter, NUL.
 * Source: openGauss postmaster.cpp, ProcessStartupPacket.
 */
export function startupPacket(parameters: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(parameters).flat();
  const body = Buffer.from(`${[...texts, ''].join('\0')}\0`);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32BE(HEADER_BYTES + body.length, 0);
  header.writeInt16BE(MAJOR, 4);
  header.writeInt16BE(MINOR, 6);
  return Buffer.concat([header, body]);
}

/** PasswordMessage: `p`, int32 length, text, NUL. */
export function passwordMessage(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const header = Buffer.from('p\0\0\0\0');
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}
