/**
 * What two nodes do to each other: both come to the mean of what they hold.
 *
 *     who asks   exchange: what I hold            ──▶   answer    ours becomes the mean of both
 *     take       adds it: the mean of both        ◀──   change: half of the difference
 *
 * @see Jelasity, Montresor, Babaoglu 2005, section 2
 * @module
 */
import {
  CYCLE,
  DIFFERENCE,
  EPOCH,
  EXCHANGES,
  HAS,
  HAS_BOUNDS,
  LEAST,
  MEAN,
  MOST,
  NAME,
  PENDING,
  SQUARE,
  WANTED_UNTIL,
  WEIGHT,
} from "./course-table.ts";
import { CourseRow } from "./course-row.ts";
import { isHolding } from "./limits.ts";
import { addLists, areShares, halfDifference, NO_LISTS } from "./lists.ts";
import type { Lists } from "./lists.ts";
import { MOST_WANTED } from "./wire.ts";
import type { Exchange, Holding } from "./wire.ts";

/** How far sums of a bounded number may be beyond its bounds, relative to them. */
const ROUNDING = 1e-9;

export class CourseMean extends CourseRow {
  /** Nothing is to come of the exchange that is under way. */
  giveUp(): void {
    this.set(PENDING, -1);
  }

  /** Whether a holding is one that can be, and that the application believes. */
  accepts({ weight, mean, square, least, most }: Holding): boolean {
    return this.#accepts(weight, mean, square, least, most);
  }

  #accepts(weight: number, mean: number, square: number, least: number, most: number): boolean {
    if (!isHolding(weight, mean, square, least, most)) return false;
    if ((this.get(HAS) & HAS_BOUNDS) === 0) return true;
    const [low, high] = this.record.contribution.bounds as readonly [number, number];
    const slack = ROUNDING * (Math.abs(low) + Math.abs(high));
    const isWithin = mean >= low * weight - slack && mean <= high * weight + slack;
    return isWithin && (least > most || (least >= low && most <= high));
  }

  /** Comes to the mean with who has asked; what they are to add, or `undefined` where that makes no sense. */
  answer(message: Exchange): Exchange | undefined {
    const lists = this.lists();
    const change = halfDifference(lists, message);
    if (change !== NO_LISTS) {
      const left = addLists(lists, change, -1);
      if (!areShares(change) || !areShares(left)) return undefined;
      this.keep(left);
    }
    const numbers = this.numbers;
    const at = this.at;
    const weight = (numbers[at + WEIGHT] as number) - message.weight;
    const mean = (numbers[at + MEAN] as number) - message.mean;
    const square = (numbers[at + SQUARE] as number) - message.square;
    this.#note(message.mean, message.weight);
    numbers[at + WEIGHT] = (numbers[at + WEIGHT] as number) - weight / 2;
    numbers[at + MEAN] = (numbers[at + MEAN] as number) - mean / 2;
    numbers[at + SQUARE] = (numbers[at + SQUARE] as number) - square / 2;
    if (message.least < (numbers[at + LEAST] as number)) numbers[at + LEAST] = message.least;
    if (message.most > (numbers[at + MOST] as number)) numbers[at + MOST] = message.most;
    return this.#write("change", message.number, weight / 2, mean / 2, square / 2, change);
  }

  /** Adds what an answer says; not if that makes no sense. */
  take(change: Exchange): boolean {
    this.giveUp();
    const numbers = this.numbers;
    const at = this.at;
    const weight = (numbers[at + WEIGHT] as number) + change.weight;
    const mean = (numbers[at + MEAN] as number) + change.mean;
    const square = (numbers[at + SQUARE] as number) + change.square;
    const least = Math.min(numbers[at + LEAST] as number, change.least);
    const most = Math.max(numbers[at + MOST] as number, change.most);
    const lists = addLists(this.lists(), change, 1);
    if (!this.#accepts(weight, mean, square, least, most) || !areShares(lists)) return false;
    this.#note(mean + change.mean, weight + change.weight);
    numbers[at + WEIGHT] = weight;
    numbers[at + MEAN] = mean;
    numbers[at + SQUARE] = square;
    numbers[at + LEAST] = least;
    numbers[at + MOST] = most;
    this.keep(lists);
    return true;
  }

  /** Notes by how much somebody's mean differs from ours. */
  #note(mean: number, weight: number): void {
    const numbers = this.numbers;
    const at = this.at;
    numbers[at + EXCHANGES] = (numbers[at + EXCHANGES] as number) + 1;
    const ours = numbers[at + WEIGHT] as number;
    // Who has heard of no value has no mean.
    if (!(weight > 0 && ours > 0)) return;
    const off = mean / weight - (numbers[at + MEAN] as number) / ours;
    const before = numbers[at + DIFFERENCE] as number;
    numbers[at + DIFFERENCE] = before < 0 ? off * off : (before + off * off) / 2;
  }

  protected message(type: Exchange["type"], number: number): Exchange {
    const numbers = this.numbers;
    const at = this.at;
    return this.#write(
      type,
      number,
      numbers[at + WEIGHT] as number,
      numbers[at + MEAN] as number,
      numbers[at + SQUARE] as number,
      this.lists(),
    );
  }

  /** Field by field: a spread would cost more than the exchange. */
  #write(
    type: Exchange["type"],
    number: number,
    weight: number,
    mean: number,
    square: number,
    { peaks, level, buckets }: Lists,
  ): Exchange {
    const numbers = this.numbers;
    const at = this.at;
    const epoch = numbers[at + EPOCH] as number;
    return {
      type,
      aggregate: this.table.nameOf(numbers[at + NAME] as number),
      number,
      epoch,
      cycle: Math.max(0, numbers[at + CYCLE] as number),
      wanted: wantedOf((numbers[at + WANTED_UNTIL] as number) - epoch),
      weight,
      mean,
      square,
      least: numbers[at + LEAST] as number,
      most: numbers[at + MOST] as number,
      peaks,
      level,
      buckets,
    };
  }
}

/** As many epochs after this one as a message may ask for. */
export function wantedOf(epochs: number): number {
  return Math.min(MOST_WANTED, Math.max(0, epochs));
}
