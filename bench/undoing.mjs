/** What has to be undone, last first, however the work ends. */
export class Undoing {
  #steps = [];
  #say;
  #underWay;

  /** @param say takes what went wrong, one line each */
  constructor(say) {
    this.#say = say;
  }

  push(step) {
    this.#steps.push(step);
  }

  /** Fails at nothing. A second call while this goes on waits for the same end. */
  undo() {
    this.#underWay ??= this.#undoAll().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  /** Does a part of the work, after which nothing of it is left; the whole undoes it, too, when it ends in between. */
  async during(work) {
    const part = new Undoing(this.#say);
    this.push(() => part.undo());
    try {
      return await work(part);
    } finally {
      await part.undo();
    }
  }

  async #undoAll() {
    while (this.#steps.length > 0) {
      const step = this.#steps.pop();
      await Promise.resolve()
        .then(step)
        .catch((error) => this.#say(`Cleaning up: ${error.message}`));
    }
  }
}
