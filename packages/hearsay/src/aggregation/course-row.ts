/**
 * Where a course is looked at: one row of the table at a time.
 *
 *     node ── first ──▶ row ── next ──▶ row …      numbers[at + COLUMN], the record, the lists
 *
 * Courses are state, and there may be a million; what is done with them is written once, in what extends this.
 * @module
 */
import type { Instant } from "../kernel/index.ts";
import {
  COLUMNS,
  CourseTable,
  DEADLINE,
  EPOCH,
  HAS,
  HAS_LISTS,
  HAS_NEXT,
  NAME,
} from "./course-table.ts";
import type { CourseRecord } from "./course-table.ts";
import { NO_LISTS } from "./lists.ts";
import type { Lists } from "./lists.ts";

export class CourseRow {
  protected readonly table: CourseTable;
  protected numbers: Float64Array = new Float64Array(0);
  /** Where the row begins in them. */
  protected at = 0;
  #row = 0;

  /** @param nodes whose courses it shows */
  constructor(nodes: number) {
    this.table = new CourseTable(nodes);
  }

  /** Looks at a node's first aggregate; false if it has none. */
  first(node: number): boolean {
    const row = this.table.first(node);
    if (row < 0) return false;
    this.look(row);
    return true;
  }

  /** What these nodes have is looked at soon. */
  fetch(nodes: Uint32Array, from: number, to: number): void {
    this.table.fetch(nodes, from, to);
  }

  /** Looks at the node's next one; false if there is none. */
  next(): boolean {
    if ((this.get(HAS) & HAS_NEXT) === 0) return false;
    this.look(this.record.next);
    return true;
  }

  /** Looks at the node's aggregate of that name; false if it has none. */
  find(node: number, aggregate: string): boolean {
    for (let is = this.first(node); is; is = this.next()) if (this.is(aggregate)) return true;
    return false;
  }

  /** Takes the one that is looked at away from its node. */
  delete(node: number): void {
    this.table.delete(node, this.#row);
  }

  /** Whether the row is that of the aggregate. */
  is(aggregate: string): boolean {
    return this.aggregate === aggregate;
  }

  get aggregate(): string {
    return this.table.nameOf(this.get(NAME));
  }

  get deadline(): Instant {
    return this.get(DEADLINE) as Instant;
  }

  set deadline(at: Instant) {
    this.set(DEADLINE, at);
  }

  get epoch(): number {
    return this.get(EPOCH);
  }

  protected look(row: number): void {
    this.#row = row;
    this.at = row * COLUMNS;
    this.numbers = this.table.numbers;
  }

  protected get record(): CourseRecord {
    return this.table.records[this.#row] as CourseRecord;
  }

  protected lists(): Lists {
    if ((this.get(HAS) & HAS_LISTS) === 0) return NO_LISTS;
    return this.table.lists[this.#row] as Lists;
  }

  protected keep(lists: Lists): void {
    if (lists === NO_LISTS && (this.get(HAS) & HAS_LISTS) === 0) return;
    this.flag(HAS_LISTS, lists !== NO_LISTS);
    this.table.lists[this.#row] = lists;
  }

  protected flag(bit: number, isOn: boolean): void {
    const has = this.get(HAS);
    this.set(HAS, isOn ? has | bit : has & ~bit);
  }

  protected get(column: number): number {
    return this.numbers[this.at + column] as number;
  }

  protected set(column: number, value: number): void {
    this.numbers[this.at + column] = value;
  }
}
