/**
 * deck - starts reveal.js on a deck, and tells the notes page in another window which slide is shown.
 */
import Reveal from '/reveal/reveal.mjs';

const { deck = '', foot = '' } = document.body.dataset;
const reveal = new Reveal(document.querySelector('.reveal'), {
  width: 1280,
  height: 720,
  margin: 0,
  center: false,
  hash: true,
  slideNumber: 'c/t',
  transition: 'none',
  backgroundTransition: 'none',
  controlsTutorial: false,
  pdfMaxPagesPerSlide: 1,
});

const footer = document.createElement('div');
footer.className = 'foot';
footer.textContent = foot;
document.body.append(footer);

const channel = new BroadcastChannel(`gatehouse-deck-${deck}`);
const tell = () => channel.postMessage({ index: reveal.getIndices().h });
channel.addEventListener('message', ({ data }) => {
  if (data.turn === 'next') reveal.next();
  if (data.turn === 'prev') reveal.prev();
  if (data.turn === 'where') tell();
});
reveal.on('slidechanged', tell);
await reveal.initialize();
document.body.dataset.ready = 'true';
tell();
