/**
 * find-overflow - run in the browser by slides.test.ts: which parts of the slides that are shown are larger than their place.
 *
 * The last expression is the answer: one sentence a finding.
 */
(() => {
  const shown = [...document.querySelectorAll('.slides > section')].filter(
    (section) => section.offsetParent !== null && getComputedStyle(section).visibility !== 'hidden',
  );
  const present = shown.filter((section) => section.classList.contains('present'));
  return (present.length > 0 ? present : shown).flatMap((section) => {
    const title = section.querySelector('h1, h2')?.textContent ?? '(no heading)';
    const place = section.getBoundingClientRect();
    const scale = place.width / section.offsetWidth;
    const floor = place.bottom - parseFloat(getComputedStyle(section).paddingBottom) * scale;
    const found = [];
    for (const part of section.querySelectorAll('h1, h2, p, li, pre, figure, table, svg, td, div, span')) {
      if (part.closest('aside')) continue;
      const { bottom, right } = part.getBoundingClientRect();
      const low = Math.round((bottom - floor) / scale);
      if (low > 1) found.push(`${title}: <${part.tagName}> ends ${low} px too low`);
      if (right > place.right + 1) found.push(`${title}: <${part.tagName}> is too wide`);
      if (part.tagName !== 'PRE') continue;
      if (part.scrollWidth > part.clientWidth + 1) found.push(`${title}: a <PRE> is too wide`);
      if (part.scrollHeight > part.clientHeight + 1) found.push(`${title}: a <PRE> is too high`);
    }
    if (section.scrollHeight > section.clientHeight + 1)
      found.push(`${title}: ${section.scrollHeight - section.clientHeight} px too high`);
    if (section.scrollWidth > section.clientWidth + 1) found.push(`${title}: too wide`);
    return found.slice(0, 1);
  });
})();
