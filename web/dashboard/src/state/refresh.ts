// Decides when the page asks the server again while hits come in.
//
// A hit is shown at once, and once more a little later in case the store was not done with it. Under a steady
// stream the pauses grow with the time that a round of answers takes, so that watching never becomes the load.

export const round_pause_ms_min = 400;
export const settle_ms = 600;
// From the start of one round to the start of the next, in lengths of a round.
const pause_per_round = 3;
const busy_poll_ms = 40;

export interface RefreshPorts {
  now(): number;
  // True while answers of the last round are still on their way.
  busy(): boolean;
  // False while nobody looks at the page.
  visible(): boolean;
  round(): void;
}

export class Refresh {
  private wanted_ = false;
  private running_ = false;
  private stopped_ = false;
  private pause_ms_ = round_pause_ms_min;
  private last_start_ = -Infinity;
  private timer_: ReturnType<typeof setTimeout> | undefined;
  private settle_timer_: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ports_: RefreshPorts) {}

  hit(): void {
    this.want();
    clearTimeout(this.settle_timer_);
    // The last hit of a flood is the only one that gets here, so this round needs no pause before it.
    this.settle_timer_ = setTimeout(() => {
      this.last_start_ = -Infinity;
      this.want();
    }, settle_ms);
  }

  want(): void {
    this.wanted_ = true;
    if (!this.running_) this.schedule();
  }

  stop(): void {
    this.stopped_ = true;
    clearTimeout(this.timer_);
    clearTimeout(this.settle_timer_);
  }

  private schedule(): void {
    clearTimeout(this.timer_);
    const rest = Math.max(0, this.last_start_ + this.pause_ms_ - this.ports_.now());
    this.timer_ = setTimeout(() => void this.round(), rest);
  }

  private async round(): Promise<void> {
    if (this.stopped_ || !this.ports_.visible()) return;
    this.wanted_ = false;
    this.running_ = true;
    const start = this.ports_.now();
    this.last_start_ = start;
    this.ports_.round();
    // The round's requests start when the page has rendered.
    do await sleep(busy_poll_ms);
    while (this.ports_.busy() && !this.stopped_);
    this.pause_ms_ = Math.max(round_pause_ms_min, pause_per_round * (this.ports_.now() - start));
    this.running_ = false;
    if (this.wanted_ && !this.stopped_) this.schedule();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
