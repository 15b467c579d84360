/** A message of a client; startup packets carry no type and come as `startup`. */
export interface FrontendMessage {
  readonly type: string;
  readonly body: Buffer;
}

export interface StartupPacket {
  readonly major: number;
  readonly minor: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Cuts a client's bytes into messages: untyped ones until `started`, then type, length, body. */
export class FrontendReader {
  isStarted = false;
  #bytes: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  next(): FrontendMessage | null {
    const bytes = this.#bytes;
    const lengthAt = this.isStarted ? 1 : 0;
    if (bytes.length < lengthAt + 4) return null;
    const end = lengthAt + bytes.readUInt32BE(lengthAt);
    if (bytes.length < end) return null;
    this.#bytes = bytes.subarray(end);
    const type = this.isStarted ? String.fromCharCode(bytes[0]!) : 'startup';
    return { type, body: bytes.subarray(lengthAt + 4, end) };
  }
}

/** Version and parameters of a startup packet; `options` (`-c name=value`) become parameters. */
export function readStartup(body: Buffer): StartupPacket {
  const parts = body.toString('utf8', 4).split('\0');
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < parts.length && parts[i] !== ''; i += 2) parameters.set(parts[i]!, parts[i + 1]!);
  for (const [name, value] of commandLineOptions(parameters.get('options') ?? '')) parameters.set(name, value);
  parameters.delete('options');
  return { major: body.readUInt16BE(0), minor: body.readUInt16BE(2), parameters };
}

/** Blanks and backslashes within a value come behind a backslash. */
function commandLineOptions(text: string): [string, string][] {
  return [...text.matchAll(/-c\s*([\w.]+)=((?:\\.|[^\\\s])*)/g)].map((match) => [
    match[1]!,
    match[2]!.replace(/\\(.)/g, '$1'),
  ]);
}

/** Takes strings and numbers off the front of a message body. */
export class BodyReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  text(): string {
    const end = this.#body.indexOf(0, this.#at);
    const text = this.#body.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  uint16(): number {
    this.#at += 2;
    return this.#body.readUInt16BE(this.#at - 2);
  }

  /** A value with its length in front; -1: null. */
  value(): string | null {
    const length = this.#body.readInt32BE(this.#at);
    this.#at += 4;
    if (length < 0) return null;
    this.#at += length;
    return this.#body.toString('utf8', this.#at - length, this.#at);
  }
}
