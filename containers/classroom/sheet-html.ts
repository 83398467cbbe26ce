/**
 * sheet-html - a lab's sheet from Markdown to HTML: no HTML of its own passes, command blocks say for which host they are and can be copied. Pure.
 *
 * A fence that opens with `sh host=NAME` holds commands for that host's shell.
 */
import markdownIt from 'markdown-it';

export interface SheetHtml {
  readonly title: string;
  readonly bodyHtml: string;
  readonly chapters: readonly { readonly id: string; readonly title: string }[];
}

/** @param onHost the words for "on <host>" */
export function renderSheetHtml(markdown: string, onHost: (host: string) => string): SheetHtml {
  const md = markdownIt({ html: false, linkify: false });
  const escape = md.utils.escapeHtml;
  md.renderer.rules['fence'] = (tokens, index) => {
    const { info = '', content = '' } = tokens[index] ?? {};
    const [language = '', ...words] = info.trim().split(/\s+/);
    const host = words.find((word) => word.startsWith('host='))?.slice('host='.length);
    if (language !== 'sh') return `<pre class="plain"><code>${escape(content)}</code></pre>\n`;
    const caption = host === undefined ? '' : `<figcaption>${escape(onHost(host))}</figcaption>`;
    return `<figure class="commands">${caption}<pre><code>${escape(content)}</code></pre></figure>\n`;
  };
  const tokens = md.parse(markdown, {});
  const chapters: { id: string; title: string }[] = [];
  let title = '';
  for (const [index, token] of tokens.entries()) {
    if (token.type !== 'heading_open') continue;
    const text = plainText(tokens[index + 1]?.children ?? []);
    if (token.tag === 'h1') title ||= text;
    if (token.tag !== 'h2') continue;
    const id = `step-${chapters.length + 1}`;
    token.attrSet('id', id);
    chapters.push({ id, title: text });
  }
  return { title, bodyHtml: md.renderer.render(tokens, md.options, {}), chapters };
}

function plainText(tokens: readonly { readonly type: string; readonly content: string }[]): string {
  return tokens.map((token) => (token.type === 'softbreak' ? ' ' : token.content)).join('');
}
