// `verify`: proves middleboxes right, or shows a packet trace that breaks them.
await Entry.main()
