// The panels of the page: which lists there are, what each counts, and which columns its long form has.
import type { Me, Metric } from '../api/types';
import { type View, onlyValue } from '../state/view';
import type { HitsBy } from '../state/view';
import { valueName } from '../text/labels';

export interface Tab {
  id: string;
  label: string;
  dimension: string;
  // What the short list is sorted by and shows.
  metric: Metric;
  // What the long list shows as well.
  columns: readonly Metric[];
  // Other dimensions that may be shown in its place.
  choices?: readonly string[];
  without?: string[];
  bots?: boolean;
  mono?: boolean;
  hits?: HitsBy;
  // What a row's value is an address of.
  link?: 'page' | 'referrer';
}

export interface Panel {
  id: string;
  title: string;
  tabs: readonly Tab[];
  width: 4 | 6;
}

const visit_columns: readonly Metric[] = ['visitors', 'visits', 'pageviews', 'bounce_rate', 'visit_duration'];

function tab(id: string, label: string, dimension: string, more: Partial<Tab> = {}): Tab {
  return { id, label, dimension, metric: 'visitors', columns: visit_columns, ...more };
}

const page_columns: readonly Metric[] = ['visitors', 'pageviews', 'bounce_rate', 'time_on_page', 'scroll_depth'];

export function panelsFor(me: Me, view: View): Panel[] {
  const has = (dimension: string) => me.dimensions?.includes(dimension) ?? false;

  // A chosen browser or system opens up into its versions.
  const versions = (id: string, label: string, dimension: string) => {
    const only = onlyValue(view.filters, dimension);
    return only === null ? tab(id, label, dimension) : tab(id, `${valueName(dimension, only)} versions`, `${dimension}_version`);
  };

  const panels: Panel[] = [
    {
      id: 'pages',
      title: 'Pages',
      width: 6,
      tabs: [
        tab('top', 'Top', 'event:page', { columns: page_columns, link: 'page', hits: 'path' }),
        tab('entry', 'Entry', 'visit:entry_page', { link: 'page' }),
        tab('exit', 'Exit', 'visit:exit_page', { link: 'page' }),
      ],
    },
    {
      id: 'sources',
      title: 'Sources',
      width: 6,
      tabs: [
        tab('source', 'Sources', 'visit:source'),
        tab('channel', 'Channels', 'visit:channel'),
        tab('referrer', 'Referrers', 'visit:referrer', { link: 'referrer' }),
        tab('campaign', 'Campaigns', 'visit:utm_campaign', {
          choices: ['visit:utm_campaign', 'visit:utm_source', 'visit:utm_medium', 'visit:utm_content', 'visit:utm_term'],
        }),
      ],
    },
    {
      id: 'places',
      title: 'Places',
      width: 4,
      tabs: [
        tab('country', 'Countries', 'visit:country'),
        ...(has('visit:region') ? [tab('region', 'Regions', 'visit:region')] : []),
        ...(has('visit:city') ? [tab('city', 'Cities', 'visit:city')] : []),
      ],
    },
    {
      id: 'technology',
      title: 'Technology',
      width: 4,
      tabs: [
        versions('browser', 'Browsers', 'visit:browser'),
        versions('os', 'Systems', 'visit:os'),
        tab('device', 'Devices', 'visit:device'),
      ],
    },
    {
      id: 'events',
      title: 'Events',
      width: 4,
      tabs: [tab('event', 'Events', 'event:name', { metric: 'events', columns: ['events', 'visitors'], without: ['pageview'] })],
    },
  ];
  if (me.role === 'admin') {
    panels.push({
      id: 'people',
      title: 'Who',
      width: 6,
      tabs: [
        tab('ip', 'IP addresses', 'visit:ip', { metric: 'pageviews', columns: ['pageviews', 'visits', 'visitors'], mono: true, hits: 'ip' }),
        tab('session', 'Sessions', 'visit:session', { metric: 'pageviews', columns: ['pageviews', 'events', 'visit_duration'], mono: true, hits: 'session' }),
        tab('visitor', 'Visitors', 'visit:visitor', { metric: 'pageviews', columns: ['pageviews', 'visits', 'visit_duration'], mono: true, hits: 'visitor' }),
      ],
    });
  }
  panels.push({
    id: 'recording',
    title: 'How counted',
    width: 6,
    tabs: [
      tab('kind', 'Kinds', 'event:kind', { metric: 'events', columns: ['events', 'pageviews', 'visitors'] }),
      tab('source', 'Reported by', 'event:source', { metric: 'pageviews', columns: ['pageviews', 'visitors'] }),
      tab('bot', 'Bots', 'visit:bot', { metric: 'pageviews', columns: ['pageviews', 'visits', 'visitors'], bots: true }),
    ],
  });
  return panels;
}

export function tabOf(panels: readonly Panel[], dimension: string): Tab | null {
  for (const panel of panels) {
    for (const one of panel.tabs) {
      if (one.dimension === dimension) return one;
      if (one.choices?.includes(dimension)) return { ...one, dimension };
    }
  }
  return null;
}
