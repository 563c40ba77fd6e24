"""Write data/items/notes.json and data/items/employees.json; `python data/make_data.py [FOLDER]`.

The content is written by hand below, with nothing random, so every run on every machine writes the same
bytes. Here a Python set is a String Set and bytes are Binary; the files say so in the attribute's name
(`tags:SS`, `sketch:B`), because JSON has neither. README.md explains the rule, `helpers.datasets.load`
applies it.
"""

import base64
import hashlib
import json
import sys
from decimal import Decimal
from pathlib import Path


def note(user: str, time: str, content: str, **more) -> dict:
    """One note; its id is the time it was written, in UTC, and four hex digits that tell twins apart."""
    twin = hashlib.sha256(f"{user} {time}".encode()).hexdigest()[:4]
    return {"userId": user, "noteId": f"{time}-{twin}", "content": content, **more}


NIGHT_TRAIN = """\
Nobody tells you that the best part of a night train is the half hour before it leaves. The platform \
empties, the kiosk pulls its shutter down, and the carriages hum to themselves as if they were warming \
up for a song. I found my berth by the number on the ticket, which was also chalked on the door, which \
was also scratched into the window. Three people before me had not trusted the first two.

Berth 34 is the upper one. The ladder folds out of the wall like something from a ship, and once you are \
up there the world is a strip of window as wide as a scarf. Below me a man was slicing an apple with \
great care, offering every second piece to his daughter, who refused every second piece. They had \
clearly played this game for years. When the train moved, none of us said anything, and all three of us \
looked up.

21:40. The city goes past backwards. First the offices with their lights on for nobody, then the flats \
with blue televisions, then the allotments with one lamp each, then nothing. I had meant to read. I had \
brought two books so that I could choose, and spent an hour not choosing.

23:15. The attendant came with tea in glasses. He knows how long each tunnel is and pours between them. \
I asked how many times he had done this run and he said, "Once a night," and then thought about it, and \
said it again as though he liked the answer better the second time. He also told me which side the lake \
would be on. Left, he said, and set an alarm on my phone himself, for 05:50, and named it LAKE.

02:05. Woke up because we had stopped. No station, only snow, and a signal holding its red light very \
still. Somebody walked along the track with a lantern, tapping the wheels with a hammer, one by one: a \
clear note, a clear note, a clear note. I had read about wheel tappers and thought they belonged to \
another century. I counted up to thirty-two and fell asleep before the last carriage. I hope it was a \
clear note too.

05:50. LAKE. I climbed down in my socks. The corridor windows had frozen from the inside and somebody \
had already breathed a porthole into the ice at child height, so I knelt to use it. The water was black, \
then grey, then for about four minutes it was pink from edge to edge, and a single rowing boat sat in it \
like a full stop. Nobody was rowing. I did not take a photograph. I stood there thinking that I would \
write it down instead, and now I have.

07:30. Breakfast: a roll, a boiled egg, an apricot jam so small that it looked borrowed from a doll's \
house. The daughter from the lower berth told me, very seriously, that she had not slept at all. Her \
father shook his head behind her. She wanted to know if the man with the hammer was fixing the train or \
waking it up. I said I thought it was both, and she wrote that down in a notebook with a horse on it, so \
there are two of us.

08:40. We are late, and nobody minds. The line runs single track along the valley here, so we wait in a \
loop beside a station with one platform, one clock and one goat, until the morning train comes down the \
other way. When it did, both drivers leaned out and passed something across the gap, hand to hand: a \
paper bag. The attendant says it is always rolls one way and newspapers the other, has been since before \
his time, and that it once held up the whole valley for six minutes because the rolls were still too hot \
to hold. I asked whether that is in the timetable. He said no, but there is a reason why we are always \
due at eight twenty and always arrive at nine, and straightened the curtain.

Things to remember for next time: bring thick socks, bring a smaller bag, bring one book. Ask for the \
left side going north and the right side coming home. The dining car takes coins only. The tap in the \
washroom works if you lean on it. Earplugs are no use, because the sound you want to keep out is the \
same one that puts you to sleep.

And: sit down on the platform when you arrive. Ten minutes, on the bench, with the bag between your \
feet. Everybody else hurries off to be somewhere, and the train, which has been somewhere all night, \
ticks as it cools. Then go and find coffee.

Cost, for the spreadsheet that I will not keep: ticket 64.90, tea 3, breakfast included, a bag of \
clementines 2.40, postcard and stamp 2.10. I sent the postcard to myself. It shows the lake in July, \
with sails on it, and I wrote on the back that they are wrong about the colour."""

BREAD = """\
Country loaf, version 7 (the one that worked).

Evening before: 80 g of starter, 120 g of water, 120 g of flour. Stir, cover, leave on top of the \
fridge.

Morning: 800 g of strong flour (700 white, 100 rye), 560 g of water at 30 degrees, all of the starter. \
Mix until no dry flour is left, then do nothing for 40 minutes. This rest is the whole trick. Now 18 g \
of salt with a splash of water; squeeze it through.

Fold four times, every half hour: wet hand, pull one side up, lay it over, turn the bowl. After the \
fourth it should sit up by itself and wobble. If it spreads, fold once more and blame the weather.

Shape twice. First loosely, ten minutes under the bowl, then properly into a floured basket, seam up. \
Into the fridge till the next day; anything from 10 to 18 hours was fine.

Oven at 250 with the iron pot inside for 45 minutes. Loaf in, one deep cut, lid on: 20 minutes. Lid off, \
down to 220, another 22 to 25. Knock on the base: it should sound like a door that somebody is going to \
open.

Do not cut it warm. (I cut it warm.)

Changes since version 6: more rye, less water, colder night. Next: try walnuts, and write down the \
flour's brand, since the cheap bag from the market took 30 g more water than the mill's."""

ALLOTMENT = """\
Minutes, allotment meeting, written down while I still remember who said what.

Present: eleven people, two dogs, one baby who voted twice.

1. Water. The tank leaks at the lower seam. Efua knows a welder; until then the tap stays off from \
Sunday night to Wednesday. Everybody fills their own cans first and the shared barrel last. No hoses.

2. Slugs. Long discussion. Beer traps work but the dogs find them first. Copper tape works but costs \
more than the lettuce. Decision: boards between the beds, turned every morning by whoever comes first. \
List on the shed door.

3. The plum tree hangs over plot 9 and drops fruit on the beans. Owner of the beans does not mind the \
fruit, only the wasps. We pick on the first two Saturdays of August and make jam in the hall; jars \
wanted, lids above all.

4. Key to the shed: three copies, one lost, one bent. Kofi has the good one. A box with a number lock \
was proposed, and the number was then said aloud in front of everybody, so we need another number.

5. Money: 214.50 in the tin, minus 38 for seed potatoes. Agreed.

Next meeting when the clocks change, at the picnic table, or in the shed if it pours. I bring the \
biscuits."""

# An 8 x 8 bitmap in the PBM format: a smile.
SMILE = b"P4 8 8\n" + bytes([0x3C, 0x42, 0xA5, 0x81, 0xA5, 0x99, 0x42, 0x3C])

NOTES = [
    note(
        "ada",
        "2025-12-02T07:45:10Z",
        "Buy birthday candles. Odd number, he will not count them.",
        tags={"home"},
    ),
    note(
        "grace",
        "2025-12-04T18:20:00Z",
        "Library books due on the 19th: two atlases and the one about octopuses.",
        title="Library",
        remindAt="2025-12-18",
        tags={"books"},
    ),
    note(
        "ada",
        "2025-12-09T21:03:44Z",
        "The word for the smell of rain on dry ground is petrichor. Use it once, never again.",
        tags={"words"},
        pinned=True,
    ),
    note(
        "kwame",
        "2025-12-11T06:30:00Z",
        "Ran along the harbour before work. Cold hands, warm everything else.",
        tags={"running"},
        distanceKm=Decimal("6.4"),
        minutes=37,
    ),
    note(
        "ada",
        "2025-12-16T12:15:30Z",
        "Soup: leeks, potatoes, one lemon. More lemon than you think.",
        title="Leek soup",
        tags={"home", "recipe"},
        rating=Decimal("4.5"),
    ),
    note(
        "mei",
        "2025-12-20T15:00:00Z",
        "外婆的饺子：白菜、猪肉、姜，还有耐心。",
        title="饺子",
        tags={"recipe", "family"},
    ),
    note(
        "grace",
        "2025-12-23T09:12:05Z",
        "Train home leaves from platform 4, not 14. I have now learned this twice.",
        tags={"travel"},
    ),
    note(
        "ada",
        "2025-12-28T19:55:00Z",
        "Packing list for the night train",
        title="Packing",
        tags={"travel"},
        checklist=[
            {"text": "passport", "done": True},
            {"text": "thick socks", "done": False},
            {"text": "two books", "done": True},
        ],
    ),
    note("kwame", "2025-12-30T22:48:19Z", "Resolution: fewer resolutions."),
    note(
        "grace",
        "2026-01-03T10:05:00Z",
        "New starter lives on top of the fridge. Name: Bubbles. Feed it at eight.",
        tags={"bread", "home"},
        attachment="grace/starter-day-1.jpg",
    ),
    note(
        "ada",
        "2026-01-07T20:31:00Z",
        NIGHT_TRAIN,
        title="Night train, berth 34",
        tags={"travel", "diary"},
        attachment="ada/lake-postcard.jpg",
        place={"name": "the lake, left side", "lat": Decimal("46.4312"), "lon": Decimal("6.9107")},
    ),
    note(
        "kwame",
        "2026-01-10T08:00:00Z",
        "HTML course, lesson 1: <b>bold</b> & <i>italic</i>. Write &lt; when you mean <.",
        title="<h1>Learning HTML</h1>",
        tags={"code"},
    ),
    note(
        "ada",
        "2026-01-14T13:22:41Z",
        "Dentist: moved to the 4th of February, 15:30. Third floor, the lift is slow.",
        remindAt="2026-02-03",
    ),
    note(
        "mei",
        "2026-01-17T11:40:00Z",
        "Piano: bars 12 to 20 slowly, then slower, then with the left hand awake.",
        tags={"music"},
        minutes=45,
    ),
    note(
        "ada",
        "2026-01-21T08:10:00Z",
        "Wi-Fi for guests is on the back of the kitchen clock.",
        title="Guests",
        tags={"home"},
        pinned=True,
        sharedWith={"grace", "mei"},
    ),
    note(
        "grace",
        "2026-01-24T17:33:20Z",
        "Film club: everybody liked the silent one, nobody agreed why.",
        tags={"film"},
        rating=Decimal("3.5"),
        attachment=None,
    ),
    note(
        "kwame",
        "2026-01-27T05:58:00Z",
        "Twelve kilometres! Slept at lunch.",
        tags={"running"},
        distanceKm=12,
        minutes=71,
    ),
    note(
        "ada",
        "2026-01-29T22:17:08Z",
        "Idea for the garden: nothing. Let it rest and see who moves in.",
        tags={"garden", "ideas"},
    ),
    note(
        "grace",
        "2026-01-31T14:00:00Z",
        "Phone number of the good plumber is inside the sugar tin.",
        title="Plumber",
        sharedWith={"ada"},
    ),
    note("ada", "2026-02-03T07:05:00Z", "Dentist tomorrow. Floss like you always do.", expiresAt=1770336000),
    note(
        "ada",
        "2026-02-08T16:44:12Z",
        "Finished the lighthouse novel. The keeper did it, but the sea helped.",
        title="Lighthouse novel",
        tags={"books"},
        rating=5,
    ),
    note(
        "grace",
        "2026-02-11T19:26:00Z",
        BREAD,
        title="Country loaf",
        tags={"bread", "recipe"},
        rating=Decimal("4.75"),
        pinned=True,
    ),
    note(
        "noor",
        "2026-02-14T12:00:00Z",
        "فنجان قهوة، كتاب، ومطر على النافذة.",
        title="يوم هادئ",
        tags={"diary"},
    ),
    note(
        "kwame",
        "2026-02-16T18:45:30Z",
        ALLOTMENT,
        title="Allotment meeting",
        tags={"garden", "meeting"},
        sharedWith={"noor"},
    ),
    note(
        "ada",
        "2026-02-19T09:30:00Z",
        "Talk for the museum: ten minutes, five pictures, one joke. Cut the joke.",
        title="Museum talk",
        tags={"work"},
        checklist=[{"text": "pick pictures", "done": False}, {"text": "time it", "done": False}],
    ),
    note("grace", "2026-02-22T08:15:00Z", "", title="Untitled", attachment="grace/voice-memo-0222.m4a"),
    note(
        "kwame",
        "2026-02-25T21:10:00Z",
        "Lesson 5: a list inside a list inside a list. It is lists all the way down.",
        tags={"code"},
    ),
    note(
        "ada",
        "2026-02-27T23:01:55Z",
        "Could not sleep, counted bridges instead. Reached nineteen.",
        tags={"diary"},
    ),
    note(
        "ada",
        "2026-03-02T08:20:00Z",
        "Seeds arrived: sweet peas, dill, and a free packet that only says SURPRISE.",
        tags={"garden"},
    ),
    note(
        "mei",
        "2026-03-04T07:30:00Z",
        "春天的第一朵玉兰，开在车站旁边。",
        tags={"diary"},
        attachment="mei/magnolia.jpg",
    ),
    note(
        "ada",
        "2026-03-05T17:48:36Z",
        "Museum talk went well. The joke stayed in and got the only laugh.",
        title="Museum talk, after",
        tags={"work"},
        rating=4,
        attachment="ada/museum-slides.pdf",
    ),
    note(
        "grace",
        "2026-03-08T10:30:00Z",
        "Swap shop on Saturday: take the blue lamp, bring back nothing. NOTHING.",
        remindAt="2026-03-14",
        tags={"home"},
    ),
    note(
        "ada",
        "2026-03-11T06:55:03Z",
        "Blackbird on the aerial again, 05:50 sharp, same time as the lake.",
        tags={"diary", "garden"},
        pinned=True,
    ),
    note(
        "kwame",
        "2026-03-13T20:05:00Z",
        "Half marathon entered. Told everybody, so now it is real.",
        title="21.1",
        tags={"running"},
        remindAt="2026-05-17",
        checklist=[{"text": "new shoes", "done": False}, {"text": "tell Kofi", "done": True}],
    ),
    note(
        "ada",
        "2026-03-14T09:26:53Z",
        "Pie for pi day: cherries 600 g, sugar 90 g, half a vanilla pod. Lattice on top, crooked is fine.",
        title="Cherry pie",
        tags={"home", "recipe"},
        rating=Decimal("3.14"),
    ),
    note(
        "ada",
        "2026-03-20T18:12:00Z",
        "Equinox. Walked to the river and back without a coat, there at least.",
        tags={"diary"},
        distanceKm=Decimal("7.25"),
    ),
    note(
        "grace",
        "2026-03-21T09:00:00Z",
        "Walnut loaf: yes. Fig loaf: yes, but not for toast.",
        title="Loaves 8 and 9",
        tags={"bread", "recipe"},
    ),
    note(
        "mei",
        "2026-03-24T16:20:00Z",
        "Drew the teacher as a bitmap, eight by eight. She asked for a print.",
        tags={"drawing", "music"},
        sketch=SMILE,
    ),
    note(
        "ada",
        "2026-03-27T21:40:18Z",
        "The surprise packet is up. It is radishes. It is so many radishes.",
        title="Surprise",
        tags={"garden"},
        sharedWith={"grace"},
        attachment="ada/radishes.jpg",
    ),
    note("grace", "2026-03-30T07:07:07Z", "Clocks have changed, the cat has not.", tags={"home"}),
]

# Number, name | office | job title | manager's number | first day | badges. Empty: no such attribute.
EMPLOYEES = """
 1 Inês Carvalho da Luz    | Lisbon    | Managing director   |    | 2014-02-03 | mentor, speaker
 2 Tiago Brandão           | Lisbon    | Office lead         |  1 | 2014-02-03 | first-aid
 3 Wanjirũ Kamau           | Nairobi   | Office lead         |  1 | 2014-09-15 | mentor, fire-warden
 4 अनन्या देशमुख               | Bengaluru | Office lead         |  1 | 2015-01-12 | mentor, polyglot, speaker
 5 森本 さくら               | Kyoto     | Office lead         |  1 | 2015-06-01 | polyglot
 6 Élodie Gagné-Tremblay   | Montreal  | Office lead         |  1 | 2016-03-07 | cyclist, mentor
 7 Ελένη Παπαδάκη          | Athens    | Office lead         |  1 | 2016-05-02 |
 8 José Ângelo Figueira    | Lisbon    | Accountant          |  2 | 2016-05-02 | fire-warden
 9 ፀሐይ ወልደማርያም          | Nairobi   | Cartographer        |  3 | 2016-08-22 | first-aid, mentor
10 ಕಾವ್ಯ ಹೆಗಡೆ                | Bengaluru | Software engineer   |  4 | 2016-11-14 | speaker
11 Олена Ткаченко          | Lisbon    | Engineering manager |  2 | 2017-01-09 | first-aid, mentor, speaker
12 山田 ひかる               | Kyoto     | Illustrator         |  5 | 2017-04-03 | early-bird
13 Achieng' Otieno         | Nairobi   | Field surveyor      |  3 | 2017-04-18 | driver, first-aid
14 நிலா செல்வராஜ்             | Bengaluru | Data analyst        |  4 | 2017-09-04 |
15 سلمى العطار             | Lisbon    | Software engineer   | 11 | 2017-10-02 | polyglot
16 Nguyễn Thị Ánh Dương    | Montreal  | Translator          |  6 | 2018-01-15 | polyglot
17 Łukasz Żółtowski        | Lisbon    | Software engineer   | 11 | 2018-02-26 | cyclist, early-bird
18 김하늘                    | Kyoto     | Software engineer   |  5 | 2018-03-27 | mentor
19 Ọlámidé Adébáyọ̀         | Nairobi   | Product manager     |  3 | 2018-06-11 | speaker
20 মিতালী সেনগুপ্ত             | Bengaluru | Designer            |  4 | 2018-07-02 | cyclist
21 Σταύρος Νικολαΐδης      | Athens    | Photographer        |  7 | 2018-09-17 | driver
22 李思远                    | Kyoto     | Data analyst        |  5 | 2018-10-01 |
23 דנה אבולעפיה            | Lisbon    | Editor              |  2 | 2019-01-07 | early-bird, polyglot
24 Guðrún Þórisdóttir      | Montreal  | Cartographer        |  6 | 2019-02-18 | cyclist
25 ณัฐชา ศรีสุข              | Kyoto     | Researcher          |  5 | 2019-04-01 | polyglot
26 Mumbi Njoroge           | Nairobi   | Accountant          |  3 | 2019-05-13 | fire-warden
27 Մարիամ Գրիգորյան        | Lisbon    | Editor              | 23 | 2019-08-05 |
28 ਹਰਲੀਨ ਕੌਰ                | Bengaluru | Support engineer    |  4 | 2019-09-16 | early-bird, first-aid
29 ნინო ბერიძე             |           | Translator          |  1 | 2019-11-04 | polyglot
30 Çağla Öztürk            | Lisbon    | Designer            |  2 | 2020-01-13 | mentor
31 Hassan Abdi Warsame     | Nairobi   | Logistics planner   |  3 | 2020-02-03 | driver, polyglot
32 ශානිකා පෙරේරා             | Bengaluru | Test engineer       | 10 | 2020-06-15 |
33 佐藤 ナオミ               | Kyoto     | Office manager      |  5 | 2020-09-01 | fire-warden, first-aid
34 Aroha Ngāwhare          | Montreal  | Cartographer        | 24 | 2020-10-19 |
35 Номин Ганбаатар         | Kyoto     | Photographer        |  5 | 2021-01-11 | driver
36 Tomás Ó Súilleabháin    | Lisbon    | Support engineer    | 11 | 2021-03-01 | early-bird
37 ሄለን ግርማ                | Nairobi   | Software engineer   | 19 | 2021-04-12 | cyclist, speaker
38 ലക്ഷ്മി നമ്പ്യാർ              | Bengaluru | Software engineer   | 10 | 2021-07-05 | mentor
39 شیرین رستگار            | Lisbon    | Data analyst        | 11 | 2021-09-20 | polyglot
40 Akinyi Odhiambo         | Nairobi   | Field surveyor      | 13 | 2021-11-08 | driver
41 Siân Llywelyn-Pugh      | Lisbon    | Archivist           | 23 | 2022-01-10 |
42 ຄຳແພງ ວົງສາ              | Kyoto     | Illustrator         | 12 | 2022-02-14 | early-bird
43 Mthunzi Ndlovu          | Nairobi   | Data analyst        | 19 | 2022-04-25 |
44 ગૌરી પટેલ                | Bengaluru | Accountant          |  4 | 2022-06-06 | fire-warden
45 Jean-Benoît L'Écuyer    | Montreal  | Software engineer   |  6 | 2022-08-15 | cyclist
46 Márta Kovács-Szűcs      | Lisbon    | Office manager      |  2 | 2022-10-03 | fire-warden, first-aid
47 သီရိ မြင့်                 | Bengaluru | Researcher          | 20 | 2023-01-16 |
48 Chebet Rotich           | Nairobi   | Field surveyor      | 13 | 2023-03-06 | first-aid
49 Цветелина Ангелова      | Lisbon    | Test engineer       | 11 | 2023-05-02 |
50 Gathoni Wairimu         | Nairobi   | Illustrator         | 19 | 2023-07-10 | early-bird
51 తేజస్వి రావు               | Bengaluru | Software engineer   | 10 | 2023-09-11 | cyclist
52 Kateri Beauvais         | Montreal  | Archivist           |  6 | 2023-11-20 |
53 ចាន់ សុខា                |           | Translator          | 29 | 2024-02-05 |
54 Γιώργος Αλεξίου         | Athens    | Software engineer   |  7 | 2024-04-08 |
55 Bjørn Åsmund Hætta      | Lisbon    | Cartographer        |  2 | 2024-06-03 | cyclist, driver, early-bird
56 Akinyi Odhiambo         | Nairobi   | Software engineer   | 19 | 2024-09-16 | speaker
57 陳品妤                    | Kyoto     | Designer            |  5 | 2025-01-20 |
58 عائشہ قریشی             |           | Researcher          |  4 | 2025-05-12 | polyglot
59 Beatriz Nóbrega         | Lisbon    | Intern              | 30 | 2025-09-01 |
60 Chinedu Eze             | Nairobi   | Intern              | 37 | 2026-02-02 |
"""

# What only some of them have, by number.
PHONES = {
    1: {"desk": "1001", "mobile": "+1-514-555-0101"},
    2: {"desk": "1002"},
    3: {"desk": "2001", "mobile": "+1-514-555-0103"},
    4: {"desk": "3001", "mobile": "+1-514-555-0104"},
    5: {"desk": "4001"},
    6: {"desk": "5001", "mobile": "+1-514-555-0106"},
    7: {"mobile": "+1-514-555-0107"},
    8: {"desk": "1008"},
    11: {"desk": "1011", "mobile": "+1-514-555-0111"},
    13: {"mobile": "+1-514-555-0113", "satellite": "+1-514-555-0193"},
    19: {"desk": "2019"},
    23: {"desk": "1023"},
    28: {"desk": "3028", "mobile": "+1-514-555-0128"},
    31: {"mobile": "+1-514-555-0131"},
    33: {"desk": "4033"},
    40: {"mobile": "+1-514-555-0140"},
    46: {"desk": "1046", "mobile": "+1-514-555-0146"},
    55: {"mobile": "+1-514-555-0155"},
}
PROJECTS = {
    4: ["Monsoon", "Lighthouse"],
    9: ["Rift Valley atlas", "Lighthouse"],
    10: ["Lighthouse"],
    11: ["Lighthouse", "Harbour walks"],
    12: ["Paper maps"],
    13: ["Rift Valley atlas"],
    15: ["Lighthouse"],
    18: ["Lighthouse", "Paper maps"],
    19: ["Rift Valley atlas", "Lighthouse", "Harbour walks"],
    20: ["Monsoon"],
    21: ["Harbour walks"],
    24: ["Ice roads", "Paper maps"],
    34: ["Ice roads"],
    35: ["Paper maps"],
    37: ["Lighthouse"],
    38: ["Monsoon", "Lighthouse"],
    45: [],
    55: ["Ice roads", "Harbour walks", "Paper maps"],
}
CONTRACTS = {
    29: ("Babel & Daughters", "2026-06-30"),
    32: ("Greenlight Testing", "2026-04-30"),
    35: ("Shutter Collective", "2026-12-31"),
    42: ("Inkwell", "2026-09-30"),
    47: ("Monsoon Fieldwork", "2026-05-31"),
    49: ("Greenlight Testing", "2026-04-30"),
    53: ("Babel & Daughters", "2026-06-30"),
    58: ("Monsoon Fieldwork", "2026-03-31"),
}
HOURS = {8: 20, 16: Decimal("37.5"), 23: Decimal("22.5"), 27: 30, 41: Decimal("18.75"), 59: 32, 60: 32}
REMOTE = {29: True, 53: True, 58: True, 24: True, 54: False, 36: False}
ABOUT = {
    1: "Draws maps of places that are not there yet.",
    9: "Can name every river from Addis Ababa to the sea.",
    26: "",
    33: "Knows where the key is.",
    55: "Has cycled to every office but one.",
}
NO_PHOTO_KEY = {14, 22, 31, 36, 43, 48, 52, 53, 58, 59, 60}
PHOTO_REMOVED = {41}


def employee(line: str) -> dict:
    """One line of EMPLOYEES, and what the tables above say of that number."""
    first, location, job_title, manager, start_date, badges = (field.strip() for field in line.split("|"))
    number, full_name = first.split(maxsplit=1)
    number, employee_id = int(number), f"E-{int(number):03}"
    agency, contract_end = CONTRACTS.get(number, (None, None))
    item = {
        "employeeId": employee_id,
        "fullName": full_name,
        "location": location,
        "jobTitle": job_title,
        "managerId": manager and f"E-{int(manager):03}",
        "startDate": start_date,
        "badges": {badge.strip() for badge in badges.split(",")} if badges else None,
        "phone": PHONES.get(number),
        "projects": PROJECTS.get(number),
        "agency": agency,
        "contractEnd": contract_end,
        "hoursPerWeek": HOURS.get(number),
        "remote": REMOTE.get(number),
    }
    item = {name: value for name, value in item.items() if value is not None and value != ""}
    if number in PHOTO_REMOVED:
        item["photoKey"] = None
    elif number not in NO_PHOTO_KEY:
        item["photoKey"] = f"photos/{employee_id}.jpg"
    if number in ABOUT:
        item["about"] = ABOUT[number]
    return item


def plain(item: dict) -> dict:
    """The item as JSON can hold it: a set and bytes carry their DynamoDB type in the attribute's name."""
    row = {}
    for name, value in item.items():
        if isinstance(value, set):
            row[f"{name}:SS"] = sorted(value)
        elif isinstance(value, bytes):
            row[f"{name}:B"] = base64.b64encode(value).decode("ascii")
        else:
            row[name] = value
    return row


def write(path: Path, items: list[dict]) -> None:
    """A JSON list, one item a line: item 7 is line 8. Every number here is short enough for a float."""
    lines = [json.dumps(plain(item), ensure_ascii=False, default=float) for item in items]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8", newline="\n")


def main(folder: Path) -> None:
    write(folder / "notes.json", NOTES)
    write(folder / "employees.json", [employee(line) for line in EMPLOYEES.strip().splitlines()])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "items")
