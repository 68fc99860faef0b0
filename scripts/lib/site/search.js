// The search of the site, as each page loads it: a plain script, because a browser loads no modules from a disk.
// MiniSearch and searchData come from the scripts before it.

/** Splits a text into terms: words, and for Chinese each character and each pair, which needs no dictionary. */
function searchTerms(text) {
  const terms = [];
  for (const [run] of text.matchAll(/\p{Script=Han}+|[\p{L}\p{N}][\p{L}\p{N}_-]*/gu)) {
    if (!/\p{Script=Han}/u.test(run)) {
      terms.push(run, ...(run.includes('-') ? run.split('-').filter(Boolean) : []));
      continue;
    }
    const characters = [...run];
    for (const [index, character] of characters.entries()) {
      if (characters.length === 1) terms.push(character);
      if (index > 0) terms.push(characters[index - 1] + character);
    }
  }
  return terms;
}

const searchIndexes = {};

/** Returns the index of a language. One for both would rank the sections of each by how long those of the other are. */
function indexOf(language) {
  if (searchIndexes[language] !== undefined) return searchIndexes[language];
  const index = new globalThis.MiniSearch({
    fields: ['title', 'page', 'text'],
    tokenize: searchTerms,
    processTerm: (term) => term.toLowerCase(),
  });
  const sections = globalThis.searchData.map((section, id) => ({ id, ...section }));
  index.addAll(sections.filter((section) => section.language === language));
  searchIndexes[language] = index;
  return index;
}

/** Finds sections, the best first; those in the language of the page before all others. */
function searchSections(query, language) {
  const found = [language, language === 'zh' ? 'en' : 'zh'].flatMap((one) =>
    indexOf(one).search(query, {
      boost: { title: 4, page: 2 },
      prefix: (term) => term.length > 1,
      fuzzy: (term) => (term.length > 4 && !/\p{Script=Han}/u.test(term) ? 0.2 : false),
      combineWith: 'AND',
    }),
  );
  return found.slice(0, 12).map(({ id, terms }) => ({ ...globalThis.searchData[id], terms }));
}

/** Returns the part of a text around the first of some terms. */
function searchExcerpt(text, terms) {
  const places = terms.map((term) => text.toLowerCase().indexOf(term)).filter((at) => at >= 0);
  const begin = Math.max(0, Math.min(...places, text.length) - 40);
  return `${begin > 0 ? '…' : ''}${text.slice(begin, begin + 120)}${text.length > begin + 120 ? '…' : ''}`;
}

if (typeof document !== 'undefined') {
  const input = document.getElementById('search');
  const results = document.getElementById('results');
  const { root, none } = document.body.dataset;
  const language = document.documentElement.lang.slice(0, 2);
  const menu = document.querySelector('.menu');
  if (menu && matchMedia('(max-width: 60rem)').matches) menu.open = false;
  let chosen = -1;

  const show = () => {
    const query = input.value.trim();
    results.replaceChildren();
    chosen = -1;
    input.removeAttribute('aria-activedescendant');
    const found = query === '' ? [] : searchSections(query, language);
    for (const [index, { title, page, path, text, terms }] of found.entries()) {
      const link = document.createElement('a');
      link.id = `result-${index}`;
      link.setAttribute('role', 'option');
      link.href = root + path;
      link.tabIndex = -1;
      const name = document.createElement('strong');
      name.textContent = title === page ? page : `${page}: ${title}`;
      const excerpt = document.createElement('span');
      excerpt.textContent = searchExcerpt(text, terms);
      link.append(name, excerpt);
      results.append(link);
    }
    if (query !== '' && found.length === 0) {
      const nothing = document.createElement('div');
      nothing.setAttribute('role', 'option');
      nothing.setAttribute('aria-disabled', 'true');
      nothing.textContent = none;
      results.append(nothing);
    }
    results.hidden = query === '';
    input.setAttribute('aria-expanded', String(query !== ''));
  };

  const choose = (step) => {
    const items = [...results.querySelectorAll('a')];
    if (items.length === 0) return;
    chosen = (chosen + step + items.length) % items.length;
    for (const [index, item] of items.entries()) {
      item.setAttribute('aria-selected', String(index === chosen));
    }
    items[chosen].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', items[chosen].id);
  };

  input.addEventListener('input', show);
  input.form.addEventListener('submit', (event) => {
    event.preventDefault();
    const links = results.querySelectorAll('a');
    links[Math.max(chosen, 0)]?.click();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(event.key === 'ArrowDown' ? 1 : chosen === -1 ? 0 : -1);
    } else if (event.key === 'Escape') {
      input.value = '';
      show();
    }
  });
  results.addEventListener('click', () => {
    results.hidden = true;
    input.setAttribute('aria-expanded', 'false');
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = /^(?:INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '');
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
  // For a link to a search: index.html?q=disk+full
  const asked = new URLSearchParams(location.search).get('q');
  if (asked) {
    input.value = asked;
    show();
  }
}
