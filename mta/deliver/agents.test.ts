/**
 * agents.test - the delivery agents of master.cf log under the names that it gives them.
 */
import { expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { startTestHost } from '../test-host.ts';

test('-o syslog_name=postfix/$service_name names the service in the log', async () => {
  await using host = await startTestHost({
    mainCf: 'transport_maps = inline:{{far.test = other:[far.test]}}\n',
    masterCf: 'other unix - - y - - smtp\n  -o syslog_name=postfix/$service_name\n',
    peers: new Map([['198.18.9.9:25', 1]]),
    names: { a: { 'far.test': '198.18.9.9' } },
  });
  const client = await host.connect();
  await client.reply();
  for (const command of ['EHLO one.test', 'MAIL FROM:<afnog@one.test>', 'RCPT TO:<x@far.test>', 'DATA'])
    await client.say(command);
  await client.say('Subject: x\r\n\r\nx\r\n.');
  const line = await waitFor(
    'the delivery in the log',
    async () => {
      const found = (await host.log()).split('\n').find((each) => each.includes('status=deferred'));
      return found === undefined ? { kind: 'not-yet', seen: 'no such line' } : { kind: 'there', value: found };
    },
    { clock: systemClock, timeoutMs: 10_000 },
  );
  expect(line).toContain(' postfix/other/smtp[');
});
