/** Clients of this process compare every answer with the description of the API. */

import { Connection } from '../../src/client/connection.ts';
import { declaredAnswers } from '../declared-answers.ts';

let checking = false;

/** From now on; a call that was carried out or answered otherwise than declared throws. */
export function checkCalls(): void {
  if (checking) return;
  checking = true;
  const { call } = Connection.prototype;
  Connection.prototype.call = async function (asked) {
    const answer = await call.apply(this, [asked]);
    const { method, path, query = {}, headers = {}, body } = asked;
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
    const target = `${path}?${pairs.map((pair) => pair.join('=')).join('&')}`;
    const exchange = { method, target, sent: { headers, body }, answer };
    declaredAnswers.expectAnswer(exchange);
    declaredAnswers.expectRequest(exchange);
    return answer;
  };
}
