/**
 * One member owns every partition, the others stand by: detection needs tickets and subjects across partitions.
 *
 * A member says in its join whether it owns the partitions now. The present owner keeps them when others come
 * and go; when it is gone, the member with the smallest id takes over. O(members).
 */
import kafkajs, { type PartitionAssigner } from "kafkajs";

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const name = "DeskwatchSingleOwner";
const version = 0;
const ownerMark = Buffer.from("owner");

/** `isOwner` is asked at every join. */
export const singleOwnerAssigner =
  (isOwner: () => boolean): PartitionAssigner =>
  ({ cluster }) => ({
    name,
    version,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({
        version,
        topics,
        userData: isOwner() ? ownerMark : Buffer.alloc(0),
      }),
    }),
    assign: async ({ members, topics }) => {
      const ids = members.map(({ memberId }) => memberId).toSorted();
      const present = members.find(({ memberMetadata }) => isMarked(memberMetadata));
      const owner = present?.memberId ?? ids[0];
      const everything = Object.fromEntries(
        topics.map((topic) => [
          topic,
          cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
        ]),
      );
      return ids.map((memberId) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version,
          assignment: memberId === owner ? everything : {},
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });

const isMarked = (metadata: Buffer): boolean =>
  MemberMetadata.decode(metadata)?.userData.equals(ownerMark) === true;
