/**
 * page - what the classroom's pages do beside being read: copy buttons, and notes that follow a deck in another window.
 *
 * Everything is there without this script.
 */
const { copy = '', copied = '' } = document.body.dataset;

if (navigator.clipboard)
  for (const block of document.querySelectorAll('figure.commands')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = copy;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(block.querySelector('code').textContent);
      button.textContent = copied;
      button.addEventListener('blur', () => (button.textContent = copy), { once: true });
    });
    block.append(button);
  }

const notes = document.querySelector('ol.notes');
if (notes) {
  const channel = new BroadcastChannel(`gatehouse-deck-${notes.dataset.deck}`);
  const mark = (index) =>
    [...notes.children].forEach((item, place) => {
      item.toggleAttribute('aria-current', place === index);
      if (place === index) item.scrollIntoView({ block: 'center', behavior: 'smooth' });
    });
  channel.addEventListener('message', ({ data }) => typeof data.index === 'number' && mark(data.index));
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowRight') channel.postMessage({ turn: 'next' });
    if (key === 'ArrowLeft') channel.postMessage({ turn: 'prev' });
  });
  channel.postMessage({ turn: 'where' });
}
