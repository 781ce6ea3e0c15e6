import {
  activeListQuery,
  advisorInput,
  advisorPatch,
  dealerInput,
  dealerPatch,
  notificationListQuery,
  variantInput,
  variantListQuery,
} from '../requests.ts';
import { page, ref } from './json-schema.ts';
import { events, gives, type Operations } from './operation.ts';

export const referenceOperations = {
  'GET /api/admin/dealers': {
    id: 'listDealers',
    summary: 'List dealers by their codes',
    query: activeListQuery,
    answers: { 200: { description: 'One page of dealers.', schema: page(ref('Dealer')) } },
  },
  'POST /api/admin/dealers': {
    id: 'createDealer',
    summary: 'Create a dealer',
    headers: ['Idempotency-Key'],
    body: dealerInput,
    example: { dealerCode: 'DLR900', dealerName: 'North Street Cars', location: 'Pune', settings: { waitlist: true } },
    answers: { 201: gives('Dealer', 'The new dealer.') },
    problems: ['DEALER_EXISTS', 'IDEMPOTENCY_KEY_REUSED'],
  },
  'PATCH /api/admin/dealers/:dealerCode': {
    id: 'updateDealer',
    summary: 'Change a dealer',
    description: 'Of what is sent; `settings` are replaced as a whole.',
    body: dealerPatch,
    example: { location: 'Mumbai' },
    answers: { 200: gives('Dealer', 'The dealer as it is now.') },
    problems: ['DEALER_NOT_FOUND'],
  },
  'GET /api/admin/advisors': {
    id: 'listAdvisors',
    summary: 'List advisors in the order of their making',
    query: activeListQuery,
    answers: { 200: { description: 'One page of advisors.', schema: page(ref('Advisor')) } },
  },
  'POST /api/admin/advisors': {
    id: 'createAdvisor',
    summary: 'Create an advisor',
    headers: ['Idempotency-Key'],
    body: advisorInput,
    example: { email: 'dina@example.com', name: 'Dina Kaya', dealerCodes: ['DLR001'] },
    answers: { 201: gives('Advisor', 'The new advisor.') },
    problems: ['ADVISOR_EXISTS', 'IDEMPOTENCY_KEY_REUSED'],
  },
  'PATCH /api/admin/advisors/:id': {
    id: 'updateAdvisor',
    summary: 'Change an advisor',
    body: advisorPatch,
    example: { name: 'Dina Kaya-Rao' },
    answers: { 200: gives('Advisor', 'The advisor as it is now.') },
    problems: ['ADVISOR_NOT_FOUND', 'ADVISOR_EXISTS'],
  },
  'GET /api/admin/variants': {
    id: 'listVariants',
    summary: 'List car variants by their codes',
    query: variantListQuery,
    answers: { 200: { description: 'One page of variants.', schema: page(ref('Variant')) } },
  },
  'POST /api/admin/variants': {
    id: 'createVariant',
    summary: 'Create a car variant',
    headers: ['Idempotency-Key'],
    body: variantInput,
    example: { code: 'SUV-LX', name: 'SUV LX' },
    answers: { 201: gives('Variant', 'The new variant.') },
    problems: ['VARIANT_EXISTS', 'IDEMPOTENCY_KEY_REUSED'],
  },
  'GET /api/notifications': {
    id: 'listNotifications',
    summary: 'List what changed for the caller, newest first',
    query: notificationListQuery,
    answers: { 200: { description: 'One page of notifications.', schema: page(ref('Notification')) } },
  },
  'GET /api/notifications/stream': {
    id: 'followNotifications',
    summary: 'Follow what changes for the caller',
    description: 'Ends by itself after some minutes; a client comes again with the `Last-Event-ID`.',
    headers: ['Last-Event-ID'],
    answers: {
      200: events('Notification', 'Each event is a notification, with its id.'),
    },
    problems: ['TOO_MANY_STREAMS'],
  },
} as const satisfies Operations;
