// Custom events: by a call, and by an attribute on what is clicked or sent.
//
//   footfall('Signup', { props: { plan: 'free' } });
//   <a href="/cv.pdf" data-footfall-event="Download" data-footfall-prop-file="cv">
//   <form data-footfall-event="Contact">

import { pageUrl } from './address';
import { send, type Props } from './message';
import { referrer, settleView } from './views';

const prop_prefix = 'data-footfall-prop-';

export const track = (name: string, { props }: { props?: Props } = {}) => {
  settleView();
  send({ n: name, u: pageUrl(), r: referrer(), t: document.title, p: props });
};

const listen = (event: Event) => {
  const element = (event.target as Element).closest?.('[data-footfall-event]');
  // A form is counted when it is sent, not when something in it is clicked; a right click opens nothing.
  if (!element || (element.tagName === 'FORM') !== (event.type === 'submit') || (event as MouseEvent).button > 1) return;
  const props: Props = {};
  for (const name of element.getAttributeNames())
    if (name.startsWith(prop_prefix)) props[name.slice(prop_prefix.length)] = element.getAttribute(name)!;
  track(element.getAttribute('data-footfall-event')!, { props });
};

// While the event is still on its way down, so that a page that stops it does not hide it.
export const clicksAndForms = () => {
  for (const type of ['click', 'auxclick', 'submit']) document.addEventListener(type, listen, true);
};
