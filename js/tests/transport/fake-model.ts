/** A model as anywidget hands it over, whose kernel is the test. */

type Hear = (content: unknown, buffers?: unknown[]) => void;

export function fakeModel() {
  const listeners = new Map<string, Set<Hear>>();
  const sent: Record<string, unknown>[] = [];
  const model = {
    on: (name: string, listener: Hear) => {
      listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
    },
    off: (name: string, listener: Hear) => {
      listeners.get(name)?.delete(listener);
    },
    get: () => undefined,
    set: () => {},
    save_changes: () => {},
    send: (content: { type: string; fields?: Record<string, unknown> }) => {
      sent.push({ type: content.type, ...content.fields });
    },
  };
  let count = 0;
  const say = (type: string, fields: Record<string, unknown>, part = "", frame: Record<string, unknown> = {}) => {
    count += 1;
    const { buffers = [], ...rest } = frame;
    const content = { type, message: `k${count}`, frame: 0, frames: 1, fields, arrays: [], bytes: 0, part, ...rest };
    for (const hear of listeners.get("msg:custom") ?? []) hear(content, buffers as unknown[]);
  };
  const listening = () => [...listeners.values()].reduce((sum, each) => sum + each.size, 0);
  return { model, sent, say, listening };
}
