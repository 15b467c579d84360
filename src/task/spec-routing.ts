import { z } from 'zod';
import { DEFAULT_TOPIC_TEMPLATE, topicNameFault, topicTemplateFault } from '../pipeline/route.ts';
import { faultCheck } from './spec-fields.ts';

const MAX_INT32 = 2 ** 31 - 1;
const MAX_INT16 = 2 ** 15 - 1;

const TopicSchema = z
  .strictObject({
    policy: z.enum(['auto', 'fixed']).default('auto').describe('A topic per table, or one topic'),
    template: z
      .string()
      .superRefine(faultCheck(topicTemplateFault))
      .optional()
      .describe(`Policy auto: name of a table's topic; default ${DEFAULT_TOPIC_TEMPLATE}`),
    name: z.string().superRefine(faultCheck(topicNameFault)).optional().describe('Policy fixed: name of the topic'),
    partitions: z.int().min(1).max(MAX_INT32).default(3),
    replicationFactor: z.int().min(1).max(MAX_INT16).default(1),
    config: z.record(z.string(), z.string()).default({}).describe('Settings of topics that Gausscast creates'),
  })
  // The default is shown under `auto`; under `fixed` it may still stand there from before a patch, and means nothing.
  .overwrite(({ template, ...topic }) => {
    const isDefault = template === undefined || template === DEFAULT_TOPIC_TEMPLATE;
    if (topic.policy === 'auto') return { ...topic, template: template ?? DEFAULT_TOPIC_TEMPLATE };
    return isDefault ? topic : { ...topic, template };
  });

export const RoutingSchema = z
  .strictObject({
    topic: TopicSchema.prefault({}),
    partition: z
      .enum(['table-hash', 'primary-key-hash', 'schema-hash', 'partition-0', 'record-key'])
      .default('primary-key-hash'),
  })
  .meta({ id: 'Routing', description: 'Topic and partition of a record' });
