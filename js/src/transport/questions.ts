/**
 * Questions that the kernel owes an answer to. One that got lost on its way is asked again, a few times and ever more
 * rarely: while the kernel is busy, whatever waits for it stays short.
 */

import type { FromKernel, ToKernel } from "../protocol";

export type Answer = Extract<FromKernel, { id: number }>;
export type Question = Extract<ToKernel, { id: number }>;

const FIRST_AGAIN_MS = 10_000;
const LAST_AGAIN_MS = 120_000;
/** So often a question is asked in all. */
const MOST_ASKED = 4;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (reason: Error) => void;
  timer?: ReturnType<typeof setTimeout>;
}

export class Questions {
  private readonly waiting = new Map<number, Waiting>();
  /** Counts what the kernel answered: while that stands still it is busy or gone, and nothing is known to be lost. */
  private answered = 0;

  /** @param send whether the question is on its way. */
  constructor(private readonly send: (question: Question) => boolean) {}

  ask(question: Question, abort: AbortSignal): Promise<Answer> {
    const { id } = question;
    return new Promise<Answer>((resolve, reject) => {
      if (abort.aborted) return reject(abort.reason);
      abort.addEventListener("abort", () => {
        this.take(id);
        reject(abort.reason);
      });
      this.waiting.set(id, { resolve, reject });
      this.say(question, 1, FIRST_AGAIN_MS);
    });
  }

  /** The kernel has done something that it was asked for. */
  heard(): void {
    this.answered += 1;
  }

  answer(answer: Answer): void {
    this.heard();
    const question = this.take(answer.id);
    if (!question) return; // taken back, answered twice, or another page's
    if (answer.type === "trouble") question.reject(new Error(answer.text));
    else question.resolve(answer);
  }

  end(reason: string): void {
    for (const id of [...this.waiting.keys()]) this.take(id)?.reject(new Error(reason));
  }

  private say(question: Question, times: number, againMs: number): void {
    const waiting = this.waiting.get(question.id);
    if (!waiting) return;
    const sent = this.send(question);
    this.wait(question, waiting, sent ? times : times - 1, againMs);
  }

  private wait(question: Question, waiting: Waiting, times: number, againMs: number): void {
    const before = this.answered;
    const nextMs = Math.min(2 * againMs, LAST_AGAIN_MS);
    waiting.timer = setTimeout(() => {
      if (times < MOST_ASKED) this.say(question, times + 1, nextMs);
      else if (this.answered === before) this.wait(question, waiting, times, nextMs);
      else this.take(question.id)?.reject(new Error("The kernel answers, but not this: please try again."));
    }, againMs);
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    clearTimeout(waiting?.timer);
    this.waiting.delete(id);
    return waiting;
  }
}
