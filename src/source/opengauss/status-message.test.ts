import { describe, expect, it } from 'vitest';
import { backendMessage } from '../../../test/support/wal-builder.ts';
import { readKeepalive } from '../keepalive.ts';
import { openGaussStatus, postgresKeepalive } from './status-message.ts';

const copyData = (hex: string) => backendMessage('d', Buffer.from(hex, 'hex'));

describe('postgresKeepalive', () => {
  // As openGauss 7.0 sent them: padding holds whatever was in memory.
  it.each([
    ['6b20e88802000000000100000001000000bd1f4d72be0303000001120024560000', '6b000000000288e820000303be724d1fbd00'],
    ['6b20e88802000000000100000001000000bd1f4d72be0303000101120024560000', '6b000000000288e820000303be724d1fbd01'],
    ['6b000000000000000001000000010000007ac4c3adbe0303000000650024560000', '6b0000000000000000000303beadc3c47a00'],
  ])('turns %s into %s', (openGauss, postgres) => {
    expect(postgresKeepalive(copyData(openGauss))).toEqual(copyData(postgres));
  });

  it('gives what the stream reads', () => {
    const message = postgresKeepalive(copyData(`6b${'0102030405060708'}${'00'.repeat(16)}01${'ff'.repeat(7)}`));
    expect(readKeepalive(message.subarray(5))).toEqual({ lsnHigh: 0x08070605, lsnLow: 0x04030201, wantsReply: true });
  });

  it('leaves other messages as they are', () => {
    const message = copyData(`78${'00'.repeat(32)}`);
    expect(postgresKeepalive(message)).toBe(message);
  });

  it.each([18, 32, 34])('fails at a keepalive of %i bytes', (bytes) => {
    const message = copyData(`6b${'00'.repeat(bytes - 1)}`);
    expect(() => postgresKeepalive(message)).toThrow(expect.objectContaining({ code: 'DECODE_FAILED' }));
  });
});

describe('openGaussStatus', () => {
  it('puts what was confirmed into every field the server may confirm', () => {
    const postgres = '72' + '0000000a0000000b' + '0000000100000002' + '0000000000000003' + '000303be724d1fbd' + '01';
    const received = '0b0000000a000000';
    const flushed = '0200000001000000';
    expect(openGaussStatus(Buffer.from(postgres, 'hex')).toString('hex')).toBe(
      `72${received}${received}${flushed}${flushed}${flushed}${'00'.repeat(8)}bd1f4d72be03030001${'00'.repeat(7)}`,
    );
  });

  it.each([`72${'00'.repeat(64)}`, `68${'00'.repeat(33)}`, ''])('leaves %j as it is', (hex) => {
    const body = Buffer.from(hex, 'hex');
    expect(openGaussStatus(body)).toBe(body);
  });
});
