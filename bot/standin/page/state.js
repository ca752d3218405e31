// What the page knows: people, chats, messages, who is writing and what is unread.
// Changes arrive from the server (apply*) or from the person (choose*); whoever shows them
// subscribes with `onChange` and is called once per turn of the event loop.

export const state = {
  bot: { id: 0, username: "", first_name: "Bot", description: "" },
  users: [],
  chats: [],
  commands: {},
  messages: new Map(), // chat id -> Map of message id -> message
  pinned: new Map(), // chat id -> message id
  typing: new Map(), // chat id -> {action, until}
  unread: new Map(), // "user:chat" -> count
  waiting: new Set(), // "chat:message:data" of pressed buttons without an answer
  me: 1,
  chatId: 1,
  screen: "chat", // phone width only: "list" or "chat"
  connected: true,
  loaded: false,
};

const listeners = new Set();
let announced = false;

export function onChange(listener) {
  listeners.add(listener);
}

export function changed() {
  if (announced) return;
  announced = true;
  queueMicrotask(() => {
    announced = false;
    for (const listener of listeners) listener();
  });
}

export const isMember = (chat, userId) =>
  chat.type === "private" ? chat.id === userId : (chat.members ?? []).includes(userId);

export const chatsOf = (userId) => state.chats.filter((chat) => isMember(chat, userId));
export const currentChat = () => state.chats.find((chat) => chat.id === state.chatId);
export const userName = (id) => state.users.find((user) => user.id === id)?.name ?? `User ${id}`;
export const chatTitle = (chat) =>
  chat.type === "private" ? state.bot.first_name : chat.title || "Group";
export const isOwn = (message) => !message.from_bot && message.from?.id === state.me;
export const senderName = (message) => {
  if (message.from_bot) return state.bot.first_name;
  return isOwn(message) ? "You" : message.from?.name ?? "Someone";
};
// A bot that forces an answer asks the person it answers, or the only one there is.
export function asksMe(chatId, message) {
  if (!message.force_reply || !message.from_bot || message.edited) return false;
  const answered = state.messages.get(chatId)?.get(message.reply_to);
  return chatId === state.me || (answered !== undefined && isOwn(answered));
}
export const commandsHere = () => state.commands[`${state.chatId}:${state.me}`] ?? [];

export function messagesOf(chatId) {
  const found = state.messages.get(chatId);
  return found ? [...found.values()].sort((a, b) => a.message_id - b.message_id) : [];
}

export function lastMessage(chatId) {
  const ids = [...(state.messages.get(chatId)?.keys() ?? [])];
  return ids.length ? state.messages.get(chatId).get(Math.max(...ids)) : undefined;
}

export const unreadIn = (userId, chatId) => state.unread.get(`${userId}:${chatId}`) ?? 0;
export const unreadOf = (userId) =>
  chatsOf(userId).reduce((sum, chat) => sum + unreadIn(userId, chat.id), 0);

export function pinnedMessage(chatId) {
  const messages = state.messages.get(chatId);
  const named = messages?.get(state.pinned.get(chatId));
  if (named) return named;
  return messagesOf(chatId).filter((message) => message.pinned).at(-1);
}

// Is the person looking at the end of this chat? Set by the timeline; decides what is unread.
let watching = () => true;
export const setWatching = (test) => {
  watching = test;
};

export function markRead() {
  if (state.unread.delete(`${state.me}:${state.chatId}`)) changed();
}

function countUnread(chatId, message) {
  const chat = state.chats.find((known) => known.id === chatId);
  if (!chat) return;
  for (const user of state.users) {
    const wrote = !message.from_bot && message.from?.id === user.id;
    const sees = user.id === state.me && chatId === state.chatId && watching();
    if (wrote || sees || !isMember(chat, user.id)) continue;
    const key = `${user.id}:${chatId}`;
    state.unread.set(key, (state.unread.get(key) ?? 0) + 1);
  }
}

export function applyState(answer) {
  Object.assign(state, {
    bot: answer.bot,
    users: answer.users,
    chats: answer.chats,
    commands: answer.commands ?? {},
  });
  if (!state.users.some((user) => user.id === state.me)) state.me = state.users[0]?.id ?? 1;
  const mine = chatsOf(state.me);
  if (!mine.some((chat) => chat.id === state.chatId)) state.chatId = mine[0]?.id ?? state.me;
  changed();
}

export function applyHistory(chatId, messages) {
  const before = state.messages.get(chatId);
  for (const message of messages) {
    if (before && !before.has(message.message_id)) countUnread(chatId, message);
  }
  state.messages.set(chatId, new Map(messages.map((each) => [each.message_id, each])));
  state.pinned.delete(chatId);
  changed();
}

function forgetWaiting(chatId, messageId) {
  const prefix = `${chatId}:${messageId}:`;
  for (const key of state.waiting) if (key.startsWith(prefix)) state.waiting.delete(key);
}

export function applyMessage(chatId, message) {
  const messages = state.messages.get(chatId) ?? new Map();
  state.messages.set(chatId, messages);
  if (messages.has(message.message_id)) forgetWaiting(chatId, message.message_id);
  else {
    countUnread(chatId, message);
    if (message.from_bot) state.typing.delete(chatId);
  }
  messages.set(message.message_id, message);
  changed();
}

export function applyDeleted(chatId, ids) {
  for (const id of ids) state.messages.get(chatId)?.delete(id);
  changed();
}

export function applyPinned(chatId, messageId) {
  for (const [id, message] of state.messages.get(chatId) ?? []) {
    if (messageId === null && message.pinned) {
      state.messages.get(chatId).set(id, { ...message, pinned: false });
    }
  }
  const message = state.messages.get(chatId)?.get(messageId);
  if (message) state.messages.get(chatId).set(messageId, { ...message, pinned: true });
  if (messageId === null) state.pinned.delete(chatId);
  else state.pinned.set(chatId, messageId);
  changed();
}

export function applyReaction(chatId, messageId, emoji) {
  const message = state.messages.get(chatId)?.get(messageId);
  if (!message) return;
  state.messages.get(chatId).set(messageId, { ...message, reaction: emoji });
  changed();
}

const TYPING_MS = 5000; // Telegram clients show an action for five seconds

export function applyAction(chatId, action) {
  state.typing.set(chatId, { action, until: Date.now() + TYPING_MS });
  setTimeout(changed, TYPING_MS + 20);
  changed();
}

export function typingIn(chatId) {
  const typing = state.typing.get(chatId);
  return typing && typing.until > Date.now() ? typing.action : null;
}

export function applyAnswer(chatId, messageId) {
  forgetWaiting(chatId, messageId);
  changed();
}

export const waitingKey = (chatId, messageId, data) => `${chatId}:${messageId}:${data}`;

export function setWaiting(key, on) {
  if (on) state.waiting.add(key);
  else state.waiting.delete(key);
  changed();
}

export function setConnected(connected) {
  if (state.connected === connected) return;
  state.connected = connected;
  changed();
}

const lastChat = new Map();

export function chooseUser(userId) {
  lastChat.set(state.me, state.chatId);
  state.me = userId;
  const mine = chatsOf(userId).map((chat) => chat.id);
  const wanted = lastChat.get(userId);
  state.chatId = mine.includes(wanted) ? wanted : mine[0];
  changed();
}

export function chooseChat(chatId) {
  state.chatId = chatId;
  state.screen = "chat";
  changed();
}

export function showList() {
  state.screen = "list";
  changed();
}
