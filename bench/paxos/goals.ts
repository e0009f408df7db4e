/** Figures that are to reach a goal, for people and for programs. */

import { tableText } from '../../src/cli/table-text.ts';

export interface Goal {
  readonly name: string;
  readonly measured: number;
  /** How far it differed from round to round, where there were some. */
  readonly spread?: string;
  readonly bound: 'at least' | 'at most';
  readonly goal: number;
}

export function isReached({ measured, bound, goal }: Goal): boolean {
  return bound === 'at least' ? measured >= goal : measured <= goal;
}

export function goalTable(goals: readonly Goal[]): string {
  return tableText(
    ['figure', 'measured', '(min-max)', 'goal', ''],
    goals.map((goal) => [
      goal.name,
      figureText(goal.measured),
      goal.spread ?? '',
      `${goal.bound} ${goal.goal}`,
      isReached(goal) ? 'reached' : 'MISSED',
    ]),
  );
}

export function figureText(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
