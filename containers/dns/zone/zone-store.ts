/**
 * zone-store - all zones the server answers from, each as last loaded well.
 *
 * Generated zones never change; file zones are looked at again whenever they are asked for and by a slow round, so that an edit
 * is served within a second and its faults are logged even if nobody asks. A zone that does not load leaves the last good one in service.
 * Whoever writes a file again and again, one that takes long to read, holds up those who ask for that zone, and nobody else for more than a twentieth of the time.
 */
import { stat } from 'node:fs/promises';
import type { Clock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { judgeZone, loadZone, type ZoneFile } from './load-zone.ts';
import { isBelow, type Zone } from './zone.ts';

/** A zone kept in a file. */
export interface ZoneSource extends ZoneFile {
  /** Without final dot. */
  readonly origin: string;
  /** Gets the report's lines whenever the file was read again. */
  report(lines: readonly string[]): void;
}

interface Slot {
  readonly source: ZoneSource;
  zone: Zone | undefined;
  /** Modification time, size and inode of the file last read. */
  version: string;
  loading: Promise<void> | undefined;
  /** Not read again before. */
  restsUntilMs: number;
}

/** So many times as long as a reading took, the file rests. */
const restFactor = 20;

export class ZoneStore {
  readonly #slots = new Map<string, Slot>();
  readonly #fixed = new Map<string, Zone>();
  readonly #clock: Clock;

  /** @throws Error when a generated zone is wrong: our own fault, found at start. */
  constructor(generated: ReadonlyMap<string, string>, sources: readonly ZoneSource[], clock: Clock) {
    this.#clock = clock;
    for (const [origin, text] of generated) {
      const loaded = judgeZone(origin, text, `(generated ${origin || '.'})`);
      if (loaded.kind === 'refused') throw new Error(loaded.lines.join('\n'));
      this.#fixed.set(origin.toLowerCase().replace(/\.$/, ''), loaded.zone);
    }
    for (const source of sources)
      this.#slots.set(source.origin.toLowerCase(), {
        source,
        zone: undefined,
        version: '',
        loading: undefined,
        restsUntilMs: 0,
      });
  }

  /** The zone closest above `name`, freshly looked at; `name` itself is passed over where the parent is wanted. */
  async closest(name: string): Promise<{ origin: string; zone: Zone | undefined } | undefined> {
    let best: string | undefined;
    for (const origin of [...this.#fixed.keys(), ...this.#slots.keys()])
      if (isBelow(name, origin) && (best === undefined || origin.length > best.length)) best = origin;
    if (best === undefined) return undefined;
    const slot = this.#slots.get(best);
    if (!slot) return { origin: best, zone: this.#fixed.get(best) };
    await this.#look(slot);
    return { origin: best, zone: slot.zone };
  }

  /** Looks at every file zone that does not rest. */
  async lookAtAll(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const due = [...this.#slots.values()].filter(({ restsUntilMs }) => restsUntilMs <= nowMs);
    await Promise.all(due.map((slot) => this.#look(slot)));
  }

  /** A look that began before may have missed the newest edit: it is waited for, then the file is looked at (once for all who wait). */
  async #look(slot: Slot): Promise<void> {
    await slot.loading;
    slot.loading ??= this.#load(slot).finally(() => (slot.loading = undefined));
    await slot.loading;
  }

  async #load(slot: Slot): Promise<void> {
    const { root, file } = slot.source;
    const found = await stat(root.resolve(file)).catch(() => undefined);
    const version = found ? `${found.mtimeMs} ${found.size} ${found.ino}` : 'absent';
    if (version === slot.version) return;
    const restMs = slot.restsUntilMs - this.#clock.monotonicMs();
    if (restMs > 0) await pause(this.#clock, restMs);
    const beganMs = this.#clock.monotonicMs();
    slot.version = version;
    const loaded = await loadZone(slot.source.origin, slot.source);
    const endedMs = this.#clock.monotonicMs();
    slot.restsUntilMs = endedMs + restFactor * (endedMs - beganMs);
    const before = slot.zone;
    if (loaded.kind === 'loaded') slot.zone = loaded.zone;
    slot.source.report([
      ...loaded.lines,
      ...(loaded.kind === 'refused' && slot.zone
        ? [`zone ${slot.source.origin}/IN: still serving serial ${slot.zone.serial}`]
        : []),
      ...(before && loaded.kind === 'loaded' ? serialLines(slot.source.origin, before.serial, loaded.zone.serial) : []),
    ]);
  }
}

/** What named says when a zone changed and its serial did not grow (RFC 1982 arithmetic): secondaries would not notice. */
function serialLines(origin: string, before: number, now: number): string[] {
  const grown = (now - before) >>> 0;
  const cure = `cure: raise the serial of ${origin} above ${before} whenever you change something`;
  if (grown === 0)
    return [`zone ${origin}/IN: zone serial (${now}) unchanged. zone may fail to transfer to secondaries.`, cure];
  return grown < 2 ** 31 ? [] : [`zone ${origin}/IN: zone serial (${now}/${before}) has gone backwards`, cure];
}
