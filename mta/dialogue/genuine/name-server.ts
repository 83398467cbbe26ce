/**
 * name-server - answers a genuine Postfix from the table in `names.ts`, by UDP.
 */
import dgram from 'node:dgram';
import packet, { type Answer } from 'dns-packet';
import { findRecords, type Records } from '../names.ts';

/** Serves `address`:53 until closed. */
export async function startNameServer(address: string): Promise<{ close(): void }> {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, from) => socket.send(answer(message), from.port, from.address));
  await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(53, address, resolve));
  return { close: () => void socket.close() };
}

function answer(message: Buffer): Buffer {
  const query = packet.decode(message);
  const question = query.questions?.[0];
  const records = findRecords(question?.name ?? '');
  const code = records === undefined ? 3 : records !== 'exists' && records.broken ? 2 : 0;
  return packet.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: packet.AUTHORITATIVE_ANSWER | packet.RECURSION_AVAILABLE | code,
    questions: query.questions ?? [],
    answers:
      question && records !== undefined && records !== 'exists' ? toAnswers(question.name, question.type, records) : [],
  });
}

function toAnswers(name: string, type: string, records: Records): Answer[] {
  switch (type) {
    case 'A':
      return (records.a ?? []).map((data) => ({ name, type: 'A', ttl: 1, data }));
    case 'MX':
      return (records.mx ?? []).map(({ preference, exchange }) => ({
        name,
        type: 'MX',
        ttl: 1,
        data: { preference, exchange: exchange === '' ? '.' : exchange },
      }));
    case 'NS':
      return (records.ns ?? []).map((data) => ({ name, type: 'NS', ttl: 1, data }));
    case 'TXT':
      return (records.txt ?? []).map((data) => ({ name, type: 'TXT', ttl: 1, data }));
    case 'PTR':
      return (records.ptr ?? []).map((data) => ({ name, type: 'PTR', ttl: 1, data }));
    default:
      return [];
  }
}
