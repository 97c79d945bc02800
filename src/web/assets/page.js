// The only script of the pages: their content is made by the server, this keeps it fresh.

/** The reader's own zone: the server makes the page in it from the next time on. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zoneCookie = `zone=${encodeURIComponent(zone)}`;
const isNew = !document.cookie.split('; ').includes(zoneCookie);
if (isNew) document.cookie = `${zoneCookie}; path=/; max-age=31536000; samesite=lax`;

const status = document.getElementById('live');
const say = (text) => {
  if (status !== null && status.textContent !== text) status.textContent = text;
};

/** A person who fills in a form, or reads with a command open, is not disturbed. */
const isBusy = () =>
  document.querySelector('main details[open], main form:focus-within') !== null ||
  document.getSelection()?.isCollapsed === false;

let stale = false;
async function refresh() {
  if (isBusy()) {
    stale = true;
    say('There is something new: it shows when the open form is closed.');
    return;
  }
  stale = false;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const content = fresh.getElementById('content');
    if (content === null) return;
    document.getElementById('content')?.replaceChildren(...content.childNodes);
    document.title = fresh.title;
    offerCopies();
    say('Live');
  } catch {
    say('The gateway does not answer: this page is as it was.');
  }
}

function offerCopies() {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    if (navigator.clipboard === undefined) continue;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = 'Copied';
    });
  }
}

offerCopies();
if (document.getElementById('content')?.dataset.live === 'yes') {
  if (isNew) void refresh();
  const page = new URLSearchParams({ page: location.pathname + location.search });
  const live = new EventSource(`/live?${page}`);
  live.addEventListener('open', () => say('Live'));
  live.addEventListener('changed', () => void refresh());
  live.addEventListener('error', () => say('The gateway does not answer: this page is as it was.'));
  // "in 5 m" becomes wrong by itself.
  setInterval(() => void refresh(), 60_000);
  document.addEventListener('toggle', () => stale && void refresh(), true);
}

/** A sign-in address may carry its token behind the #, which no server and no log ever sees. */
function takeToken() {
  const token = document.querySelector('input[name="token"]');
  if (token === null || location.hash.length < 2) return;
  token.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, '', location.pathname + location.search);
}
takeToken();
addEventListener('hashchange', takeToken);
