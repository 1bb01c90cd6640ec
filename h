{"user":"a","t":1690000000,"action":"play","path":"/music/t1.flac","title":"T1","artist":"Artist 1","src":"test"}
{"user":"a","t":1690000000,"action":"skip","path":"/music/t2.flac","title":"T2","artist":"Artist 1","src":"test"}
{"user":"a","t":1690000000,"action":"play","path":"/music/t3.flac","title":"T3","artist":"Artist 2","src":"test"}
{"user":"a","t":1690000100,"action":"dislike","path":"/music/t3.flac","title":"T3","artist":"Artist 2","src":"test"}
{"user":"a","t":1699136000,"action":"play","path":"/music/t4.flac","title":"T4","artist":"Artist 2","src":"test"}
