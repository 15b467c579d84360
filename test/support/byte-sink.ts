/** Collects big-endian wire fields into one buffer (tests only: clarity over speed). */
export class ByteSink {
  readonly #parts: Buffer[] = [];

  uint8(value: number): this {
    return this.#add(1, (part) => part.writeUInt8(value));
  }

  uint16(value: number): this {
    return this.#add(2, (part) => part.writeUInt16BE(value));
  }

  uint32(value: number): this {
    return this.#add(4, (part) => part.writeUInt32BE(value));
  }

  int32(value: number): this {
    return this.#add(4, (part) => part.writeInt32BE(value));
  }

  int64(value: bigint): this {
    return this.#add(8, (part) => part.writeBigInt64BE(BigInt.asIntN(64, value)));
  }

  tag(letter: string): this {
    return this.uint8(letter.charCodeAt(0));
  }

  text(value: string): this {
    return this.bytes(Buffer.from(`${value}\0`));
  }

  bytes(value: Buffer): this {
    this.#parts.push(value);
    return this;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #add(size: number, write: (part: Buffer) => void): this {
    const part = Buffer.alloc(size);
    write(part);
    return this.bytes(part);
  }
}
