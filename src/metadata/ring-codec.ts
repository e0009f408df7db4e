/**
 * Binary form of members and replica lists. A list holds places in the list of members and
 * not names: thousands of partitions then take bytes instead of names each.
 */

import { type ByteReader, type ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Move, MoveStage } from '../ring/move.ts';
import { type Member, memberOf, weightOf } from '../ring/ring.ts';
import { type Codec, list, optional, record, text, uint, word } from './codec.ts';

const optionalText = optional(text);

const memberCodec: Codec<Member> = {
  write(writer, member) {
    text.write(writer, member.id);
    optionalText.write(writer, member.zone);
    uint.write(writer, weightOf(member));
  },
  read(reader) {
    const id = text.read(reader);
    const zone = optionalText.read(reader);
    return memberOf(id, zone, uint.read(reader));
  },
};

export const membersCodec = list(memberCodec);

/** Replica lists of which every name is among the members. */
export function replicaListCodec(members: readonly Member[]): Codec<readonly NodeId[]> {
  const placeOf = new Map(members.map(({ id }, place) => [id, place]));
  return list<NodeId>({
    write(writer, id) {
      const place = placeOf.get(id);
      invariant(place !== undefined, `${id} keeps a partition and is no member`);
      writer.varint(place);
    },
    read(reader) {
      const member = members[reader.varint()];
      if (member === undefined) throw new DecodeError('has a replica that is no member');
      return member.id;
    },
  });
}

export interface DrawnLists {
  readonly members: readonly Member[];
  readonly replicas: readonly (readonly NodeId[])[];
}

export const drawnListsCodec: Codec<DrawnLists> = {
  write(writer: ByteWriter, { members, replicas }: DrawnLists) {
    membersCodec.write(writer, members);
    list(replicaListCodec(members)).write(writer, replicas);
  },
  read(reader: ByteReader) {
    const members = membersCodec.read(reader);
    return { members, replicas: list(replicaListCodec(members)).read(reader) };
  },
};

export const moveStageCodec: Codec<MoveStage> = word('prepare', 'write_both', 'read_new', 'stable');

/** A move of which every name is among the members. */
export function moveCodec(members: readonly Member[]): Codec<Move> {
  const listCodec = replicaListCodec(members);
  return record<Move>({
    partition: uint,
    session: uint,
    stage: moveStageCodec,
    from: listCodec,
    to: listCodec,
  });
}
