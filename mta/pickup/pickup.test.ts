/**
 * What sendmail left in maildrop is taken into the queue.
 */
import { describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { startTestHost } from '../test-host.ts';

describe('maildrop', () => {
  test('however often it is looked at in one moment, a message is taken once', async () => {
    await using host = await startTestHost();
    const open = await host.mta.queue.open();
    await open.commit(
      {
        envelope: { reversePath: '', recipients: [{ address: 'afnog@one.test', originalRecipient: 'afnog' }] },
        origin: { kind: 'pickup', uid: 0, rewriteContext: 'local' },
        content: Buffer.from('Subject: once\n\nbody\n'),
      },
      'maildrop',
    );
    for (let time = 0; time < 4; time += 1) host.mta.kick();
    await waitFor(
      'maildrop empty',
      async () =>
        (await host.mta.queue.ids('maildrop')).length === 0
          ? { kind: 'there', value: true }
          : { kind: 'not-yet', seen: 'the message is there' },
      { clock: systemClock, timeoutMs: 5000 },
    );
    // Looks that are under way end first.
    await host.mta.stop();
    expect((await host.log()).match(/postfix\/pickup\[\d+\]: [0-9A-F]+: uid=0/g)).toHaveLength(1);
  });

  test('a file that a crash left behind its message is taken once more: sent twice, never lost', async () => {
    await using host = await startTestHost();
    const drop = async (): Promise<void> => {
      const open = await host.mta.queue.open();
      await open.commit(
        {
          envelope: { reversePath: 'afnog', recipients: [{ address: 'afnog@one.test', originalRecipient: 'afnog' }] },
          origin: { kind: 'pickup', uid: 1000, rewriteContext: 'local', fullName: 'Af "N" Nog' },
          content: Buffer.from('Subject: t\nTo: afnog, Boss <boss>\n\nbody\n'),
        },
        'maildrop',
      );
    };
    // The same message stands there again, as after a crash between commit and removal.
    await drop();
    await drop();
    host.mta.kick();
    const mails = await waitFor(
      'both mails',
      async () => {
        const found = await host.mail();
        return found.length === 2
          ? { kind: 'there', value: found }
          : { kind: 'not-yet', seen: `${found.length} mails` };
      },
      { clock: systemClock, timeoutMs: 5000 },
    );
    expect(await host.mta.queue.ids('maildrop')).toEqual([]);
    expect(await host.log()).toMatch(/postfix\/pickup\[\d+\]: [0-9A-F]+: uid=1000 from=<afnog>/);
    // What was missing stands behind the message's own fields, and addresses are complete.
    expect(mails[0]).toMatch(
      /\n\tid [0-9A-F]+; .*\nSubject: t\nTo: afnog@mail\.one\.test, Boss <boss@mail\.one\.test>\nMessage-Id: <\d{14}\.[0-9A-F]+@mail\.one\.test>\nDate: .*\nFrom: "Af \\"N\\" Nog" <afnog@mail\.one\.test>\n\nbody\n$/,
    );
  });
});
