/**
 * man-page - a command's manual page (man(7), section 8) from the comment that its source opens with: `name - sentence`, then paragraphs.
 */

/** The page as roff. `text` is the tool's source; undefined when it opens with no such comment. */
export function manPage(command: string, text: string, version: string): string | undefined {
  const [, inner] = /^(?:#!.*\n)?\/\*\*\n([\s\S]*?)\n ?\*\//.exec(text) ?? [];
  const [first = '', ...rest] = (inner ?? '').split('\n').map((line) => line.replace(/^ ?\* ?/, ''));
  const [, sentence] = /^[\w.()-]+(?:, [\w-]+)* - (.*)$/.exec(first) ?? [];
  if (sentence === undefined) return undefined;
  const paragraphs = rest
    .join('\n')
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
  const limits = paragraphs.filter((paragraph) => paragraph.startsWith('Limits:'));
  return [
    `.TH ${command.toUpperCase().replace(/-/g, '\\-')} 8 "" "Gatehouse ${version}"`,
    '.SH NAME',
    `${escaped(command)} \\- ${escaped(sentence)}`,
    '.SH DESCRIPTION',
    ...paragraphs.filter((paragraph) => !limits.includes(paragraph)).flatMap(body),
    ...(limits.length > 0
      ? ['.SH LIMITS', ...limits.flatMap((paragraph) => body(paragraph.replace(/^Limits:\s*/, '')))]
      : []),
    '',
  ].join('\n');
}

/** Indented lines keep their form, others flow. */
function body(paragraph: string): string[] {
  const lines = paragraph.split('\n');
  const isForm = lines.every((line) => /^\s{4}/.test(line) || line === lines[0]) && lines.length > 1;
  return isForm ? ['.PP', '.nf', ...lines.map(escaped), '.fi'] : ['.PP', ...lines.map(escaped)];
}

/** A backslash begins an escape, a dot or an apostrophe at a line's start a request (groff(7)). */
function escaped(line: string): string {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('`', '')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
