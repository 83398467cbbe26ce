/**
 * blocks - the boxes of text on a slide as HTML: configuration, commands, dialogues, log lines. Pure.
 *
 * Everything is escaped; markup is only what is added here. In a dialogue `S: ` begins a server's line, `C: ` a client's. In any block a line that begins
 * with `! ` is pointed at (the marker itself is not shown).
 */
import type { Excerpt } from './configuration.ts';
import { escapeHtml } from './html.ts';

/** Configuration with its file's name above, comments dimmed and parameter names set off. */
export function configurationBlock({ host, path, text }: Excerpt, note: string): string {
  const title = `<span class="host">${escapeHtml(host)}</span> ${escapeHtml(path)}`;
  const added = note === '' ? '' : ` <span class="note">${escapeHtml(note)}</span>`;
  return figure('configuration', `${title}${added}`, text.split('\n').map(configurationLine));
}

function configurationLine(line: string): string {
  if (/^\s*[#;]/.test(line)) return `<span class="comment">${escapeHtml(line)}</span>`;
  const parameter = /^([A-Za-z%][\w %:-]*?)(\s*=)(.*)$/.exec(line);
  if (!parameter) return escapeHtml(line);
  const [, name = '', equals = '', value = ''] = parameter;
  return `<b>${escapeHtml(name)}</b>${equals}${escapeHtml(value)}`;
}

/** Commands to type, with the host they belong to. */
export function commandBlock(host: string, commands: string): string {
  const lines = trimmed(commands).map((line) => `<span class="prompt">$ </span>${escapeHtml(line)}`);
  return figure('commands', `<span class="host">${escapeHtml(host)}</span>`, lines);
}

/** An SMTP conversation. */
export function dialogueBlock(title: string, lines: string): string {
  return figure('dialogue', escapeHtml(title), trimmed(lines).map(dialogueLine));
}

function dialogueLine(line: string): string {
  const [, mark = '', side = '', text = ''] = /^(! )?([SC]): ?(.*)$/.exec(line) ?? [undefined, '', '', line];
  const arrow = side === 'S' ? '<i>&lt; </i>' : side === 'C' ? '<i>&gt; </i>' : '';
  const kind = side === 'S' ? 'server' : side === 'C' ? 'client' : 'aside';
  const inside = `<span class="${kind}">${arrow}${escapeHtml(text)}</span>`;
  return mark === '' ? inside : `<mark>${inside}</mark>`;
}

/** Log lines, zone answers, listings. */
export function outputBlock(title: string, lines: string): string {
  const shown = trimmed(lines).map((line) =>
    line.startsWith('! ') ? `<mark>${escapeHtml(line.slice(2))}</mark>` : escapeHtml(line),
  );
  return figure('output', escapeHtml(title), shown);
}

/** Each line is a block of its own, so that a long one wraps with its rest indented. */
function figure(kind: string, title: string, lines: readonly string[]): string {
  const inside = lines.map((line) => `<span class="line">${line === '' ? ' ' : line}</span>`).join('');
  return `<figure class="block ${kind}"><figcaption>${title}</figcaption><pre><code>${inside}</code></pre></figure>`;
}

/** Without empty lines at both ends, and without the indentation that all lines share. */
function trimmed(text: string): string[] {
  const lines = text.replace(/^\s*\n|\s+$/g, '').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const shared = Math.min(...indents);
  return lines.map((line) => line.slice(shared));
}
