// The page's only way to the server: a few JSON calls and one stream of events.

async function ask(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, { cache: "no-store", ...options });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.error || `The server answered ${answer.status}.`);
  return data;
}

export const fetchState = () => ask("/sim/state");
export const fetchChat = (chatId) => ask(`/sim/chat?chat_id=${chatId}`);
export const sendMessage = (message) => ask("/sim/message", message);
export const deleteMessage = (chatId, messageId) =>
  ask("/sim/delete", { chat_id: chatId, message_ids: [messageId] });
export const askInline = (question) => ask("/sim/inline", question);
export const fetchInline = (id) => ask(`/sim/inline?inline_query_id=${id}`);
export const chooseInline = (choice) => ask("/sim/choose", choice);
export const pressButton = (press) => ask("/sim/tap", press);

const WAITS = [300, 600, 1200, 2500, 5000];

// Keeps one EventSource open for as long as the page lives. `opened` is called after every
// (re)connection: whoever listens fetches again what may have been missed.
export function listen({ opened, received, lost }) {
  let source = null;
  let timer = 0;
  let failures = 0;

  function connect() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource("/sim/events");
    source.onopen = () => {
      failures = 0;
      opened();
    };
    source.onmessage = (event) => received(JSON.parse(event.data));
    source.onerror = () => {
      source.close();
      lost();
      timer = setTimeout(connect, WAITS[Math.min(failures, WAITS.length - 1)]);
      failures += 1;
    };
  }

  const connectIfLost = () => {
    if (source.readyState === EventSource.CLOSED) connect();
  };
  addEventListener("online", connectIfLost);
  addEventListener("pageshow", connectIfLost);
  addEventListener("pagehide", () => source.close());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) connectIfLost();
  });
  connect();
}
